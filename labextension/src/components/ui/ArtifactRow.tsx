import { type JSX, type ReactNode, useId, useState } from 'react';
import type { Client } from '../../api/client';
import type { ArtifactPreview, ArtifactView } from '../../api/wire.generated';
import { formatBytes } from '../../model/durations';
import { useTexts } from '../context';
import { useCall } from '../useCall';
import { DataTable } from './DataTable';
import { Icon } from './Icon';
import { Waiting } from './Waiting';

interface ArtifactRowProps {
  readonly client: Client;
  /** Of the run whose node has made it. */
  readonly runId: string;
  readonly artifact: ArtifactView;
  /** In place of the variable's name. */
  readonly name?: string;
  /** Whether the type is said in the row: it is in the preview. */
  readonly hasType?: boolean;
  /** At the end of the row. */
  readonly children?: ReactNode;
}

/** What a stored value is, in a row that opens to a preview of it. */
export function ArtifactRow({
  client,
  runId,
  artifact,
  name,
  hasType = true,
  children
}: ArtifactRowProps): JSX.Element {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const { producer: node, digest } = artifact;
  const request = isOpen ? { run_id: runId, node, name: artifact.name, digest } : null;
  const answer = useCall(client, 'preview_artifact', request);
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
          <code className="jp-dataops-artifact-name">{name ?? artifact.name}</code>
          {hasType ? <span className="jp-dataops-artifact-type">{shortType(artifact.type)}</span> : null}
          {shape ? <span>{shape}</span> : null}
          <span className="jp-dataops-artifact-size">{formatBytes(artifact.size_bytes)}</span>
        </button>
        {children}
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
export function shortType(type: string): string {
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
