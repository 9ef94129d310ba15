import type { JSX } from 'react';
import type { NodeView } from '../../api/wire.generated';
import { formatDuration } from '../../model/durations';
import { useSelected, useSession, useTexts } from '../context';
import { Waiting } from '../ui/Waiting';
import { useNow } from '../useNow';
import { About, Fact } from './About';
import { Differences } from './Differences';
import { useDetail } from './useDetail';

/** Why the node is in its state, what it waits for, what has changed, and what the notebook says of it. */
export function WhyTab({ view }: { view: NodeView | undefined }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const { node, answer, name } = useDetail();
  const isEdited = useSelected(state => state.run?.edited.has(name) ?? false);
  const source = node.source_run_id;
  return (
    <>
      <dl className="jp-dataops-facts">
        <Fact name={texts.__('Reason')}>{node.reason}</Fact>
        <Fact name={texts.__('Waits')}>{node.waiting}</Fact>
        <Fact name={texts.__('Again in')}>
          {node.not_before !== null && node.state === 'retrying' ? <Countdown until={node.not_before} /> : null}
        </Fact>
        <Fact name={texts.__('Result of')}>
          {source === null ? null : (
            <button type="button" className="jp-dataops-link" onClick={() => session.showRun(source)}>
              {source}
            </button>
          )}
        </Fact>
        <Fact name={texts.__('Edited')}>{isEdited ? texts.__('Its cells have been edited since.') : null}</Fact>
      </dl>
      <Waiting answer={answer}>
        {({ changes }) =>
          changes.length > 0 ? (
            <>
              <div className="jp-dataops-label">{texts.__('Changes')}</div>
              <Differences differences={changes} />
            </>
          ) : null
        }
      </Waiting>
      <div className="jp-dataops-label">{texts.__('In the notebook')}</div>
      <About view={view} />
    </>
  );
}

function Countdown({ until }: { until: string }): JSX.Element {
  const now = useNow(true);
  return <>{formatDuration(Math.max(0, Date.parse(until) - now))}</>;
}
