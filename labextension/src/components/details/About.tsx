import type { JSX, ReactNode } from 'react';
import type { NodeView } from '../../api/wire.generated';
import { useSession, useTexts } from '../context';

/** What the notebook says of a node. */
export function About({ view }: { view: NodeView | undefined }): JSX.Element | null {
  const texts = useTexts();
  if (!view) {
    return <p className="jp-dataops-faint">{texts.__('The notebook has no such node now.')}</p>;
  }
  return (
    <>
      {view.description ? <p className="jp-dataops-prose">{view.description}</p> : null}
      <dl className="jp-dataops-facts">
        <Fact name={texts.__('After')}>
          <NodeLinks names={view.upstream} />
        </Fact>
        <Fact name={texts.__('Before')}>
          <NodeLinks names={view.downstream} />
        </Fact>
        <Fact name={texts.__('Reads')}>{view.reads.length > 0 ? <Codes values={view.reads} /> : null}</Fact>
        <Fact name={texts.__('Makes')}>{view.binds.length > 0 ? <Codes values={view.binds} /> : null}</Fact>
        <Fact name={texts.__('Tags')}>{view.tags.length > 0 ? <Codes values={view.tags} /> : null}</Fact>
      </dl>
    </>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element | null {
  return children === null || children === undefined || children === '' ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Codes({ values }: { values: readonly string[] }): JSX.Element {
  return (
    <>
      {values.map(value => (
        <code key={value} className="jp-dataops-code">
          {value}
        </code>
      ))}
    </>
  );
}

/** Names that open their nodes. */
export function NodeLinks({ names }: { names: readonly string[] }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  if (names.length === 0) {
    return <span className="jp-dataops-faint">{texts.__('none')}</span>;
  }
  return (
    <>
      {names.map(name => (
        <button key={name} type="button" className="jp-dataops-link" onClick={() => session.open(name)}>
          {name}
        </button>
      ))}
    </>
  );
}
