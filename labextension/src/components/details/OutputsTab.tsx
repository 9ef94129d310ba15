import { type JSX, useEffect, useRef } from 'react';
import type { CellOutputs } from '../../api/wire.generated';
import { useHost, useSelected, useSession, useTexts } from '../context';
import type { Output } from '../host';
import { Empty } from '../ui/Empty';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { useDetail } from './useDetail';

/** What the node's cells displayed, as in the notebook. */
export function OutputsTab(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const { runId, name, node } = useDetail();
  const chosen = useSelected(state => state.panel.attempt);
  const attempt = chosen ?? (node.attempt > 0 ? node.attempt : null);
  const hasRun = attempt !== null || node.state === 'reused';
  const answer = useCall(
    session.client,
    'get_outputs',
    hasRun ? { run_id: runId, node: name, attempt } : null,
    node.state
  );
  if (!hasRun) {
    return <Empty icon="cell" title={texts.__('There are no outputs: the node has not run.')} />;
  }
  return (
    <Waiting answer={answer}>
      {({ cells }) =>
        cells.some(cell => cell.outputs.length > 0) ? (
          cells.map((cell, index) => <Cell key={`${cell.cell_id} ${index}`} cell={cell} />)
        ) : (
          <Empty icon="cell" title={texts.__('Its cells displayed nothing.')} />
        )
      }
    </Waiting>
  );
}

function Cell({ cell }: { cell: CellOutputs }): JSX.Element | null {
  const texts = useTexts();
  const host = useHost();
  if (cell.outputs.length === 0) {
    return null;
  }
  const first = cell.source.trim().split('\n', 1)[0] ?? '';
  return (
    <section className="jp-dataops-outputs" aria-label={texts.__('Outputs of a cell')}>
      <details className="jp-dataops-disclosure">
        <summary>
          <code className="jp-dataops-outputs-first">{first}</code>
        </summary>
        <pre className="jp-dataops-source" tabIndex={0} role="region" aria-label={texts.__('Source of the cell')}>
          {cell.source}
        </pre>
      </details>
      {host.renderOutputs ? <Rendered cell={cell} /> : <Harmless html={cell.html} />}
    </section>
  );
}

function Rendered({ cell }: { cell: CellOutputs }): JSX.Element {
  const host = useHost();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element || !host.renderOutputs) {
      return;
    }
    // nbformat says what an output is; the host takes none of it for safe.
    const rendered = host.renderOutputs(element, cell.outputs as unknown as Output[]);
    return () => {
      rendered.dispose();
      element.replaceChildren();
    };
  }, [host, cell]);
  // A form that came out of a notebook, and is sent, would put another page in the place of this one.
  return <div ref={place} className="jp-dataops-outputs-rendered" onSubmit={event => event.preventDefault()} />;
}

/** HTML that the server has made harmless: elements and attributes of a short list, no scripts, no frames. */
function Harmless({ html }: { html: string }): JSX.Element {
  return <div className="jp-dataops-outputs-html" dangerouslySetInnerHTML={{ __html: html }} />;
}
