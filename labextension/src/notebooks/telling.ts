/** How what went wrong is told, and what hinders an action, in the user's language. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Hindrance } from '../model/controls';
import { isAbort, refusalOf } from '../model/refusals';

/** What, where, what to do, as a notification that stays. */
export function tellProblem(error: unknown, actions: Notification.IAction[] = []): void {
  if (isAbort(error)) {
    return;
  }
  const { message, where, hint } = refusalOf(error);
  const text = [message, where, hint].filter(part => part !== '').join('\n');
  Notification.error(text, { autoClose: false, actions });
}

/** Why an action cannot be done now, as a sentence. */
export function hindranceText(hindrance: Hindrance, trans: TranslationBundle): string {
  switch (hindrance) {
    case 'read_only':
      return trans.__('You may look at pipelines here, and not run them.');
    case 'no_notebook':
      return trans.__('No notebook is open, or it is still being read.');
    case 'no_nodes':
      return trans.__('This notebook has no nodes yet: tag its cells first.');
    case 'diagnostics':
      return trans.__('The notebook has problems that keep it from running.');
    case 'parameters':
      return trans.__('A parameter is not as it should be.');
    case 'busy':
      return trans.__('Something else is being done.');
    case 'disconnected':
      return trans.__('The server cannot be reached.');
    case 'no_run':
      return trans.__('This notebook has not been run yet.');
    case 'running':
      return trans.__('A run is going on.');
    case 'nothing_failed':
      return trans.__('Nothing failed in the latest run.');
    case 'not_crashed':
      return trans.__('The latest run did not crash.');
    case 'not_running':
      return trans.__('No run is going on.');
    case 'not_failed':
      return trans.__('It did not fail.');
    case 'cancelling':
      return trans.__('The run is being cancelled already.');
  }
}
