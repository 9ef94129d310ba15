import type { JSX } from 'react';
import { isUnreachable } from '../model/refusals';
import { useHost, useSelected, useSession, useTexts } from './context';
import { Button } from './ui/Button';
import { Empty } from './ui/Empty';
import { Notice, RefusalNotice } from './ui/Notice';
import { Loading } from './ui/Waiting';

type Kind = 'ready' | 'no_notebook' | 'loading' | 'unreachable' | 'unreadable' | 'untagged' | 'errors' | 'no_runs';

export interface Start {
  readonly kind: Kind;
  /** There is nothing else to show. */
  readonly isAll: boolean;
}

/** How far the way is from nothing to a run. */
export function useStart(): Start {
  const kind = useSelected<Kind>(({ source, runs, runsProblem }) => {
    const { path, preview, problem } = source;
    if (path === null) {
      return problem ? 'unreadable' : 'no_notebook';
    }
    const unreachable = [problem, runsProblem].some(refusal => refusal !== null && isUnreachable(refusal));
    if (preview === null) {
      return unreachable ? 'unreachable' : problem ? 'unreadable' : 'loading';
    }
    if (!preview.is_pipeline) {
      return runs !== null && runs.length > 0 ? 'ready' : 'untagged';
    }
    if (problem) {
      return 'unreadable';
    }
    if (!preview.can_run) {
      return 'errors';
    }
    return runs !== null && runs.length === 0 ? 'no_runs' : 'ready';
  });
  const hasGraph = useSelected(({ source, runs }) => (source.preview?.is_pipeline ?? false) || (runs?.length ?? 0) > 0);
  return { kind, isAll: kind !== 'ready' && !hasGraph };
}

/** Why there is no run to see yet, and the next step. */
export function StartState({ start }: { start: Start }): JSX.Element | null {
  const texts = useTexts();
  switch (start.kind) {
    case 'ready':
      return null;
    case 'no_notebook':
      return (
        <Empty icon="notebook" title={texts.__('No notebook is open.')}>
          {texts.__('Open a notebook to see its pipeline here.')}
        </Empty>
      );
    case 'loading':
      return <Loading />;
    case 'unreachable':
      return (
        <Empty icon="plug" title={texts.__('The server cannot be reached.')}>
          {texts.__('Runs go on without it. This is shown again as soon as there is a connection.')}
        </Empty>
      );
    case 'unreadable':
      return <Unreadable />;
    case 'untagged':
      return <Untagged />;
    case 'errors':
      return <Errors />;
    case 'no_runs':
      return null;
  }
}

function Unreadable(): JSX.Element | null {
  const problem = useSelected(state => state.source.problem);
  return problem ? <RefusalNotice refusal={problem} /> : null;
}

function Untagged(): JSX.Element {
  const texts = useTexts();
  const host = useHost();
  const session = useSession();
  const busy = useSelected(state => state.busy);
  const trouble = useSelected(state => state.trouble);
  const canTag = host.tagNotebook !== undefined && !host.isReadOnly;
  return (
    <>
      <Empty
        icon="tag"
        title={texts.__('This notebook is no pipeline yet.')}
        actions={
          canTag ? (
            <Button
              look="primary"
              icon="tag"
              label={texts.__('Tag this notebook')}
              help={texts.__('Propose a node for each section; you see the tags before they are written')}
              isBusy={busy === 'tag'}
              onClick={() => void session.tagNotebook()}
            />
          ) : null
        }
      >
        {texts.__(
          'Give the first cell of each part a tag such as node:clean; what is read and made follows from the code.'
        )}
      </Empty>
      {trouble?.place === 'start' ? (
        <RefusalNotice refusal={trouble.refusal} onDismiss={() => session.forgive()} />
      ) : null}
    </>
  );
}

function Errors(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const count = useSelected(
    ({ source }) => source.preview?.diagnostics.filter(diagnostic => diagnostic.severity === 'error').length ?? 0
  );
  return (
    <Notice
      kind="warning"
      title={texts._n('%1 error keeps the notebook from running.', '%1 errors keep the notebook from running.', count)}
      actions={<Button label={texts.__('Show problems')} onClick={() => session.show('problems')} />}
    />
  );
}
