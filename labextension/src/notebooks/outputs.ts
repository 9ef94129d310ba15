import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { Disposable } from '../api/client';
import type { Output } from '../components/host';

type Values = NonNullable<ConstructorParameters<typeof OutputAreaModel>[0]>['values'];

/** Shows outputs as the notebook would that is not trusted: sanitised, without scripts. */
export function renderOutputs(rendermime: IRenderMimeRegistry, element: HTMLElement, outputs: Output[]): Disposable {
  const model = new OutputAreaModel({ values: outputs as unknown as NonNullable<Values>, trusted: false });
  const area = new SimplifiedOutputArea({ model, rendermime });
  Widget.attach(area, element);
  return {
    dispose: () => {
      if (!area.node.isConnected) {
        // React has taken the element out of the page already; Lumino would refuse to.
        MessageLoop.sendMessage(area, Widget.Msg.AfterDetach);
      }
      area.dispose();
      model.dispose();
    }
  };
}
