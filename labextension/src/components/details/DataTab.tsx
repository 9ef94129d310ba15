import { type JSX, useId, useState } from 'react';
import type { ArtifactPreview, ArtifactView, NodeView } from '../../api/wire.generated';
import { formatBytes } from '../../model/durations';
import { useSession, useTexts } from '../context';
import { DataTable } from '../ui/DataTable';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { useDetail } from './useDetail';

/** What the node was given, and what it has made. */
export function DataTab({ view }: { view: NodeView | undefined }): JSX.Element {
  const texts = useTexts();
  const { answer } = useDetail();
  return (
    <Waiting answer={answer}>
      {({ inputs, outputs }) =>
        inputs.length + outputs.length === 0 ? (
          <Empty icon="table" title={texts.__('No data.')}>
            {view && view.reads.length > 0
              ? texts.__('It reads %1; values are here once it has run.', view.reads.join(', '))
              : texts.__('Values are here once it has run.')}
          </Empty>
        ) : (
          <>
            <Artifacts title={texts.__('Outputs')} artifacts={outputs} />
            <Artifacts title={texts.__('Inputs')} artifacts={inputs} areInputs />
          </>
        )
      }
    </Waiting>
  );
}

interface ArtifactsProps {
  readonly title: string;
  readonly artifacts: readonly ArtifactView[];
  readonly areInputs?: boolean;
}

function Artifacts({ title, artifacts, areInputs = false }: ArtifactsProps): JSX.Element {
  const texts = useTexts();
  return (
    <section className="jp-dataops-artifacts" aria-label={title}>
      <div className="jp-dataops-label">{title}</div>
      {artifacts.length === 0 ? <div className="jp-dataops-faint">{texts.__('none')}</div> : null}
      {artifacts.map(artifact => (
        <Artifact key={`${artifact.producer} ${artifact.name}`} artifact={artifact} isInput={areInputs} />
      ))}
    </section>
  );
}

function Artifact({ artifact, isInput }: { artifact: ArtifactView; isInput: boolean }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const { runId } = useDetail();
  const [isOpen, setIsOpen] = useState(false);
  const { producer: node, name, digest } = artifact;
  const request = isOpen ? { run_id: runId, node, name, digest } : null;
  const answer = useCall(session.client, 'preview_artifact', request);
  const shape = artifact.shape ? artifact.shape.map(size => size.toLocaleString()).join(' × ') : null;
  return (
    <div className="jp-dataops-artifact">
      <div className="jp-dataops-artifact-head">
        <button
          type="button"
          className="jp-dataops-artifact-toggle"
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'down' : 'right'} />
          <code className="jp-dataops-artifact-name">{artifact.name}</code>
          <span className="jp-dataops-artifact-type">{shortType(artifact.type)}</span>
          {shape ? <span>{shape}</span> : null}
          <span className="jp-dataops-artifact-size">{formatBytes(artifact.size_bytes)}</span>
        </button>
        {isInput ? (
          <button type="button" className="jp-dataops-link" onClick={() => session.open(artifact.producer)}>
            <span className="jp-dataops-hidden">{texts.__('made by')} </span>
            {artifact.producer}
          </button>
        ) : null}
      </div>
      {isOpen ? (
        <div id={id} className="jp-dataops-artifact-body">
          <Waiting answer={answer}>{preview => <Preview preview={preview} />}</Waiting>
        </div>
      ) : null}
    </div>
  );
}

/** `pandas.core.frame.DataFrame` is known as `DataFrame`. */
function shortType(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function Preview({ preview }: { preview: ArtifactPreview }): JSX.Element {
  const texts = useTexts();
  const { artifact, table, text, is_cut: isCut } = preview;
  return (
    <>
      {table ? (
        <>
          <DataTable label={artifact.name} columns={table.columns} dtypes={table.dtypes} rows={table.rows} />
          {table.row_count > table.rows.length ? (
            <div className="jp-dataops-faint">
              {texts.__('The first %1 of %2 rows', table.rows.length, table.row_count.toLocaleString())}
            </div>
          ) : null}
        </>
      ) : (
        <pre className="jp-dataops-source" tabIndex={0} role="region" aria-label={artifact.name}>
          {text ?? artifact.preview}
        </pre>
      )}
      {isCut && !table ? <div className="jp-dataops-faint">{texts.__('Only its beginning is shown.')}</div> : null}
      <div className="jp-dataops-faint" title={artifact.digest}>
        {texts.__('%1, stored with %2', artifact.type, artifact.serializer)}
      </div>
    </>
  );
}
