import type { Disposable } from '../api/client';

/** Time, so that tests own it. */
export interface Timers {
  /** `callback` is called once, after `delayMs`, unless disposed before. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The time of the page. */
export const pageTimers: Timers = {
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return { dispose: () => clearTimeout(handle) };
  }
};
