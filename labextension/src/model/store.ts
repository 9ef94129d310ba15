/** A value that changes, and those who are told. Fits `useSyncExternalStore`. */
export interface Store<State> {
  readonly get: () => State;
  /** What is returned unchanged tells nobody. */
  readonly update: (change: (state: State) => State) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    update(change) {
      const next = change(state);
      if (Object.is(next, state)) {
        return;
      }
      state = next;
      for (const listener of [...listeners]) {
        listener();
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}

/** Calls `run` soon; returns how to take that back. */
export type Schedule = (run: () => void) => () => void;

/**
 * The next frame, but no later than a quarter of a second: a page in the background draws no frames, and messages must
 * not pile up there.
 */
export const nextFrame: Schedule = run => {
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const once = () => {
    cancel();
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 250);
  return cancel;
};

/**
 * What comes after a quiet moment is handed on at once: a frame of a page with much in it takes long, and nothing is gained
 * by waiting for one. What follows before the next frame, or is known when somebody begins to listen, is handed on there in
 * one go, in order.
 */
export class Batch<Item> {
  constructor(
    private readonly apply: (items: readonly Item[]) => void,
    private readonly schedule: Schedule = nextFrame
  ) {
    this.cancel = schedule(() => this.flush());
  }

  push(item: Item): void {
    this.items.push(item);
    if (this.cancel === null) {
      this.flush();
    }
  }

  /** Hands on what has come; with the next frame again, if there is more by then. */
  flush(): void {
    this.cancel?.();
    this.cancel = null;
    const { items } = this;
    this.items = [];
    if (items.length > 0) {
      this.cancel = this.schedule(() => this.flush());
      this.apply(items);
    }
  }

  /** What has not been handed on never is. */
  dispose(): void {
    this.cancel?.();
    this.cancel = null;
    this.items = [];
  }

  private items: Item[] = [];
  private cancel: (() => void) | null;
}
