import type { Channel, FromKernel, ToKernel } from '../api/comm';
import type { Told } from '../api/client';
import type { Connection } from '../api/client';
import { WidgetClient } from '../api/widgetModel';
import { FakeTimers } from './timers';

/** A kernel with a panel in it, as seen by the view of a widget; a test says what it answers. */
export class FakeKernel implements Channel {
  readonly sent: ToKernel[] = [];
  isLive = true;

  send(message: ToKernel): void {
    if (!this.isLive) {
      throw new Error('no comm');
    }
    this.sent.push(message);
  }

  onMessage(listener: (message: FromKernel) => void) {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  onGone(listener: () => void) {
    this.ends.add(listener);
    return { dispose: () => void this.ends.delete(listener) };
  }

  says(message: FromKernel): void {
    [...this.listeners].forEach(listener => listener(message));
  }

  /** Has read everything that was sent. */
  takes(): void {
    const last = this.last;
    this.says({ kind: 'taken', view: last.view, n: last.n });
  }

  answers(response: unknown, to: ToKernel = this.last): void {
    this.says({ kind: 'answer', view: to.view, n: to.n, response: JSON.stringify(response) });
  }

  tells(number: number, ...told: Told[]): void {
    this.says({ kind: 'told', view: this.last.view, number, told: told.map(one => JSON.stringify(one)) });
  }

  dies(): void {
    this.isLive = false;
    [...this.ends].forEach(listener => listener());
  }

  get last(): ToKernel {
    const last = this.sent.at(-1);
    if (last === undefined) {
      throw new Error('Nothing was sent.');
    }
    return last;
  }

  /** Nobody listens any more. */
  get isLeft(): boolean {
    return this.listeners.size === 0 && this.ends.size === 0;
  }

  private readonly listeners = new Set<(message: FromKernel) => void>();
  private readonly ends = new Set<() => void>();
}

/** A view over a kernel and a clock of the test's own, and the connections that it has told of. */
export function aWidgetView() {
  const kernel = new FakeKernel();
  const timers = new FakeTimers();
  const client = new WidgetClient(kernel, timers, 'a');
  const states: Connection[] = [];
  client.onConnection(state => states.push(state));
  return { kernel, timers, client, states };
}
