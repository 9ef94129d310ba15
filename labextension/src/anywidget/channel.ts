import type { AnyModel } from '@anywidget/types';
import type { Channel, FromKernel } from '../api/comm';
import type { Disposable } from '../api/client';

/** Put on the element by ipywidgets where the model has no comm, or none that anybody listens to. */
const DISCONNECTED = 'jupyter-widgets-disconnected';
const ENDED = new Set(['restarting', 'autorestarting', 'dead']);

/** A signal of Lumino, as far as it is used. */
interface Signal<Arguments> {
  connect(slot: (sender: unknown, value: Arguments) => void): unknown;
  disconnect(slot: (sender: unknown, value: Arguments) => void): unknown;
}

/** The kernel behind a widget manager of Jupyter; other front ends have none to show. */
interface Kernel {
  readonly statusChanged: Signal<string>;
}

function kernelOf(model: AnyModel): Kernel | null {
  const manager = model.widget_manager as { kernel?: Partial<Kernel> | null } | undefined;
  const kernel = manager?.kernel;
  return typeof kernel?.statusChanged?.connect === 'function' ? (kernel as Kernel) : null;
}

/** The way to the kernel through the comm of `model`, whose view is `element`. */
export function channelOf(model: AnyModel, element: HTMLElement): Channel {
  const isLive = () => !element.classList.contains(DISCONNECTED);
  return {
    send: message => {
      if (!isLive()) {
        throw new Error('The comm of this widget has ended.');
      }
      model.send(message);
    },
    onMessage: listener => listen(model, 'msg:custom', message => listener(message as FromKernel)),
    get isLive() {
      return isLive();
    },
    onGone: listener => onGone(model, isLive, listener)
  };
}

function listen(model: AnyModel, event: string, callback: (value: unknown) => void): Disposable {
  // Other names than `change:` and `msg:custom` are not in the types, and reach the model all the same.
  model.on(event as 'msg:custom', callback);
  return { dispose: () => model.off(event, callback) };
}

/** The comm was closed, or the kernel has ended: a crash is told by its status alone. */
function onGone(model: AnyModel, isLive: () => boolean, listener: () => void): Disposable {
  const kernel = kernelOf(model);
  const onStatus = (_: unknown, status: string) => {
    if (ENDED.has(status)) {
      end();
    }
  };
  const ends = [
    listen(model, 'comm_live_update', () => {
      if (!isLive()) {
        end();
      }
    }),
    listen(model, 'comm:close', () => end())
  ];
  kernel?.statusChanged.connect(onStatus);
  const dispose = () => {
    ends.forEach(one => one.dispose());
    kernel?.statusChanged.disconnect(onStatus);
  };
  const end = () => {
    dispose();
    listener();
  };
  return { dispose };
}
