import type { Disposable } from '../api/client';
import type { Preview, Refusal } from '../api/wire.generated';

/** The notebook whose pipeline is shown, as it is right now. */
export interface SourceState {
  /** `null`: there is none, such as no open notebook. */
  readonly path: string | null;
  /** What follows from its text; `null`: not known yet. */
  readonly preview: Preview | null;
  /** Why it is not known, or no longer up to date. */
  readonly problem: Refusal | null;
}

/** Where the panel has its notebook from: in Lab the unsaved one, elsewhere what the kernel says. */
export interface Source {
  get(): SourceState;
  /** Calls `listener` after each change of what `get` returns. */
  subscribe(listener: () => void): Disposable;
}

export const NO_SOURCE: SourceState = { path: null, preview: null, problem: null };

/** A source that somebody pushes to. */
export class PushedSource implements Source {
  constructor(private state: SourceState = NO_SOURCE) {}

  get(): SourceState {
    return this.state;
  }

  /** The state has these parts from now on; a new path without a preview forgets the one of the old path. */
  push(change: Partial<SourceState>): void {
    const isOther = change.path !== undefined && change.path !== this.state.path;
    this.state = { ...(isOther ? NO_SOURCE : this.state), ...change };
    for (const listener of [...this.listeners]) {
      listener();
    }
  }

  subscribe(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  private readonly listeners = new Set<() => void>();
}
