import type { Connection } from '../api/client';
import type { NodeState, Preview, RunSummary } from '../api/wire.generated';
import { isEnded } from './run';

export type Action = 'run' | 'run_changed' | 'retry_failed' | 'resume' | 'cancel';

/** Why a control can not be used now; the view says it in the user's language. */
export type Hindrance =
  | 'read_only'
  | 'no_notebook'
  | 'no_nodes'
  | 'diagnostics'
  | 'parameters'
  | 'busy'
  | 'disconnected'
  | 'no_run'
  | 'running'
  | 'nothing_failed'
  | 'not_crashed'
  | 'not_running'
  | 'not_failed'
  | 'cancelling';

export interface Situation {
  readonly isReadOnly: boolean;
  readonly connection: Connection;
  readonly preview: Preview | null;
  /** What is typed into the form is not valid. */
  readonly hasFaults: boolean;
  /** An action is on its way. */
  readonly isBusy: boolean;
  readonly run: RunSummary | null;
}

/** What hinders each action; `null`: nothing. */
export function hindrance(action: Action, situation: Situation): Hindrance | null {
  return (
    always(situation) ??
    (action === 'run' || action === 'run_changed' ? ofNotebook(situation) : ofRun(action, situation.run))
  );
}

/** *Retry* in a run that goes on tries again what failed in it; of one that has ended it makes a new run. */
export function retryHindrance(situation: Situation, state: NodeState | undefined): Hindrance | null {
  const { run } = situation;
  const hindered = always(situation);
  if (hindered || run === null) {
    return hindered ?? 'no_run';
  }
  if (run.state === 'cancelling') {
    return 'cancelling';
  }
  return isEnded(run) || state === 'failed' || state === 'upstream_failed' ? null : 'not_failed';
}

/** *Run from here*, *Run only this*: from the run that is shown, which has its parameters; without one, from the notebook. */
export function selectHindrance(situation: Situation): Hindrance | null {
  const { run } = situation;
  if (run !== null && !isEnded(run)) {
    return always(situation) ?? 'running';
  }
  return always(situation) ?? ofNotebook({ ...situation, hasFaults: run === null && situation.hasFaults });
}

function always({ isReadOnly, connection, isBusy }: Situation): Hindrance | null {
  if (isReadOnly) {
    return 'read_only';
  }
  if (connection === 'lost' || connection === 'gone') {
    return 'disconnected';
  }
  return isBusy ? 'busy' : null;
}

function ofNotebook({ preview, hasFaults }: Situation): Hindrance | null {
  if (preview === null) {
    return 'no_notebook';
  }
  if (!preview.is_pipeline) {
    return 'no_nodes';
  }
  if (!preview.can_run) {
    return 'diagnostics';
  }
  return hasFaults ? 'parameters' : null;
}

function ofRun(action: Exclude<Action, 'run' | 'run_changed'>, run: RunSummary | null): Hindrance | null {
  if (run === null) {
    return 'no_run';
  }
  switch (action) {
    case 'retry_failed':
      if (!isEnded(run)) {
        return 'running';
      }
      return run.state === 'succeeded' ? 'nothing_failed' : null;
    case 'resume':
      return run.state === 'crashed' ? null : 'not_crashed';
    case 'cancel':
      if (run.state === 'cancelling') {
        return 'cancelling';
      }
      return isEnded(run) ? 'not_running' : null;
  }
}
