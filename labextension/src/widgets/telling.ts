import { Notification } from '@jupyterlab/apputils';
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

/** What goes wrong where nobody waits for it is told by itself. */
export function attempt(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => tellProblem(error));
}
