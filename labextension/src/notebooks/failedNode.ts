import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { OperationError } from '../api/client';
import type { Restoring } from '../api/wire.generated';

/** A refusal of the front end's own. */
function refusal(code: string, message: string, hint: string, where = ''): OperationError {
  return new OperationError({ code, message, where, hint }, 0);
}

/** The kernel of the notebook; where it has none, the user is asked for one. Rejects where there is none then. */
export async function kernelOf(
  panel: NotebookPanel,
  dialogs: ISessionContext.IDialogs,
  trans: TranslationBundle
): Promise<Kernel.IKernelConnection> {
  const { sessionContext } = panel.context;
  await sessionContext.ready;
  if (!sessionContext.session?.kernel) {
    await dialogs.selectKernel(sessionContext);
  }
  const kernel = sessionContext.session?.kernel;
  if (!kernel) {
    throw refusal(
      'no_kernel',
      trans.__('The notebook has no kernel to bring the inputs of the node into.'),
      trans.__('Select a kernel, and open the failed node again.')
    );
  }
  const { language_info } = await kernel.info;
  if (language_info.name !== 'python') {
    throw refusal(
      'wrong_kernel',
      trans.__('The kernel of the notebook speaks %1; nodes are Python.', language_info.name),
      trans.__('Select a Python kernel, and open the failed node again.')
    );
  }
  return kernel;
}

/** The node's inputs, setup and parameters are in the kernel. Rejects with what the kernel says where they are not. */
export async function restore(
  kernel: Kernel.IKernelConnection,
  { code, node }: Restoring,
  trans: TranslationBundle
): Promise<void> {
  const future = kernel.requestExecute({ code, store_history: false, stop_on_error: true });
  const hint = trans.__('Restart the kernel and open the failed node again; its log has more.');
  let reply: KernelMessage.IExecuteReplyMsg;
  try {
    reply = await future.done;
  } catch {
    throw refusal('kernel_gone', trans.__('The kernel was restarted or shut down meanwhile.'), hint, node);
  }
  if (reply.content.status === 'error') {
    const { ename, evalue } = reply.content;
    throw refusal('not_restored', trans.__('The inputs could not be restored: %1: %2', ename, evalue), hint, node);
  }
  if (reply.content.status !== 'ok') {
    throw refusal('not_restored', trans.__('The kernel did not get to restoring the inputs.'), hint, node);
  }
}
