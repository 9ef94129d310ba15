import type { JSX } from 'react';
import type { ArtifactView, NodeView } from '../../api/wire.generated';
import { useSession, useTexts } from '../context';
import { ArtifactRow } from '../ui/ArtifactRow';
import { Empty } from '../ui/Empty';
import { Waiting } from '../ui/Waiting';
import { AssetRefs } from './AssetRefs';
import { useDetail } from './useDetail';

/** What the node was given, and what it has made. */
export function DataTab({ view }: { view: NodeView | undefined }): JSX.Element {
  const texts = useTexts();
  const { answer } = useDetail();
  return (
    <Waiting answer={answer}>
      {({ inputs, outputs, published, loaded }) =>
        inputs.length + outputs.length + published.length + loaded.length === 0 ? (
          <Empty icon="table" title={texts.__('No data.')}>
            {view && view.reads.length > 0
              ? texts.__('It reads %1; values are here once it has run.', view.reads.join(', '))
              : texts.__('Values are here once it has run.')}
          </Empty>
        ) : (
          <>
            <Artifacts title={texts.__('Outputs')} artifacts={outputs} />
            <Artifacts title={texts.__('Inputs')} artifacts={inputs} areInputs />
            <AssetRefs published={published} loaded={loaded} />
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
  const { runId } = useDetail();
  return (
    <ArtifactRow client={session.client} runId={runId} artifact={artifact}>
      {isInput ? (
        <button type="button" className="jp-dataops-link" onClick={() => session.open(artifact.producer)}>
          <span className="jp-dataops-hidden">{texts.__('made by')} </span>
          {artifact.producer}
        </button>
      ) : null}
    </ArtifactRow>
  );
}
