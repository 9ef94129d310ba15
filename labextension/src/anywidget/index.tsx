import type { RenderProps } from '@anywidget/types';
import { createRoot } from 'react-dom/client';
import { WidgetClient } from '../api/widgetModel';
import { PipelineView } from '../components/PipelineView';
import { Session } from '../components/session';
import { pageTimers } from '../model/timers';
import { channelOf } from './channel';
import { pageHost } from './pageHost';
import { SavedSource } from './savedSource';

/** The state of `jupyter_dataops.panel.widget.Panel`. */
interface PanelState extends Record<string, unknown> {
  path: string;
  folder: string | null;
  run_id: string | null;
  read_only: boolean;
}

/** Shows the pipeline in an output cell until `signal`, or what is returned, takes it away. */
function render({ model, el, signal }: RenderProps<PanelState>): () => void {
  const path = model.get('path');
  const client = new WidgetClient(channelOf(model, el), pageTimers);
  const source = new SavedSource(client, path);
  const host = pageHost(client, el, { path, folder: model.get('folder'), isReadOnly: model.get('read_only') });
  const session = new Session(client, host, source);
  session.showRun(model.get('run_id'));

  const frame = el.ownerDocument.createElement('div');
  frame.className = 'jp-dataops-panel jp-dataops-widget';
  keepKeys(frame);
  el.append(frame);
  const root = createRoot(frame);
  root.render(<PipelineView session={session} />);

  let isThere = true;
  const dispose = () => {
    if (isThere) {
      isThere = false;
      root.unmount();
      [session, source, client].forEach(one => one.dispose());
      frame.remove();
    }
  };
  signal?.addEventListener('abort', dispose, { once: true });
  return dispose;
}

/**
 * Keys that are pressed in `frame` are its own: in a notebook in command mode "d d" would delete the cell that it stands in.
 *
 * Lumino looks for its mark at the element that has the focus before it tries a shortcut there, and no further up.
 */
function keepKeys(frame: HTMLElement): void {
  frame.addEventListener('focusin', ({ target }) => {
    (target as Element).setAttribute('data-lm-suppress-shortcuts', 'true');
  });
}

export default { render };
