/** What a widget in the page and its panel in the kernel say to each other; the same as `jupyter_dataops/panel/messages.py`. */
import type { Disposable, OperationName } from './client';
import type { Refusal, Unwatch, WatchLog, WatchRun, WatchRuns, WatchSchedules } from './wire.generated';

export type WatchRequest = WatchRun | WatchRuns | WatchSchedules | WatchLog | Unwatch;

/** What a view of a widget may say. */
export type Said =
  | { readonly kind: 'hello' }
  | { readonly kind: 'call'; readonly op: OperationName; readonly request: object }
  | { readonly kind: 'watch'; readonly request: WatchRequest }
  | { readonly kind: 'bye' };

/** The same on its way: `n` counts what the view has sent. */
export type ToKernel = Said & { readonly view: string; readonly n: number };

/** From the panel, heard by all of its views. Responses, and what watchers are told, are JSON as text. */
export type FromKernel =
  /** The kernel has read message `n`, and those before it: it is not busy. */
  | { readonly kind: 'taken'; readonly view: string; readonly n: number }
  | { readonly kind: 'answer'; readonly view: string; readonly n: number; readonly response: string }
  | { readonly kind: 'refusal'; readonly view: string; readonly n: number; readonly refusal: Refusal }
  /** `number` counts these for each view: one that is missing was lost on the way. */
  | { readonly kind: 'told'; readonly view: string; readonly number: number; readonly told: readonly string[] }
  /** A new view is here, and the others are forgotten unless they ask again: one whose page is gone does not. */
  | { readonly kind: 'renew'; readonly but: string }
  /** The notebook was saved. */
  | { readonly kind: 'saved' };

/** The way to the kernel, as one view has it. */
export interface Channel {
  /** Throws where there is no way any more. */
  send(message: ToKernel): void;
  onMessage(listener: (message: FromKernel) => void): Disposable;
  /** There is a kernel with this panel in it. */
  readonly isLive: boolean;
  /** Called once, when that has ended: a panel does not come back. */
  onGone(listener: () => void): Disposable;
}
