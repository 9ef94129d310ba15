import type { Disposable } from '../api/client';
import type { Timers } from '../model/timers';

/** Time that passes when a test says so. */
export class FakeTimers implements Timers {
  after(delayMs: number, callback: () => void): Disposable {
    const entry = { at: this.time + delayMs, callback };
    this.entries.add(entry);
    return { dispose: () => void this.entries.delete(entry) };
  }

  /** What is due until then has been called, in order. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.entries].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) {
        break;
      }
      this.entries.delete(due);
      this.time = due.at;
      due.callback();
    }
    this.time = end;
  }

  /** How long until something happens; `null`: nothing will. */
  get next(): number | null {
    const times = [...this.entries].map(({ at }) => at - this.time);
    return times.length > 0 ? Math.min(...times) : null;
  }

  private time = 0;
  private readonly entries = new Set<{ at: number; callback: () => void }>();
}

/** What has been promised so far has been settled. */
export async function settled(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
}
