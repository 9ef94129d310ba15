import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
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
      if (area.isAttached && !area.node.isConnected) {
        // The page has taken the element away already. Lumino detaches only what is in the page.
        document.body.append(area.node);
      }
      area.dispose();
      model.dispose();
    }
  };
}
