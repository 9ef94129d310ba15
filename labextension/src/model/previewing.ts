import type { Disposable } from '../api/client';
import type { NotebookSource, Preview } from '../api/wire.generated';
import type { Timers } from './timers';

/** Typing is left alone; a change of tags feels immediate all the same. */
export const QUIET_MS = 300;

/** What the notebook says, or why that is not known. */
export interface Previewed {
  /** Of the notebook as it was a moment ago; kept while it cannot be asked for. `null`: not known yet. */
  readonly preview: Preview | null;
  /** Why the latest question has no answer. */
  readonly problem: unknown;
}

export interface PreviewingOptions {
  /** The notebook as it is now, without outputs; `null`: not loaded. */
  read(): NotebookSource | null;
  ask(source: NotebookSource, signal: AbortSignal): Promise<Preview>;
  tell(previewed: Previewed): void;
  timers: Timers;
}

/**
 * Follows a notebook: asks what it says a moment after each change, one question at a time. A question that is out of
 * date is aborted, and none is asked while the text is as it was: outputs change all the time.
 */
export class Previewing implements Disposable {
  constructor(private readonly options: PreviewingOptions) {}

  /** Something may have changed. */
  touch(): void {
    if (this.isDisposed) {
      return;
    }
    this.waiting?.dispose();
    this.waiting = this.options.timers.after(QUIET_MS, () => this.look(false));
  }

  /** Asks now, even where the text is as it was. */
  refresh(): void {
    this.waiting?.dispose();
    this.look(true);
  }

  dispose(): void {
    this.isDisposed = true;
    this.waiting?.dispose();
    this.asking?.abort();
  }

  private look(isForced: boolean): void {
    this.waiting = null;
    const source = this.isDisposed ? null : this.options.read();
    if (source === null) {
      return;
    }
    const text = JSON.stringify(source);
    if (!isForced && text === this.asked) {
      return;
    }
    const asking = new AbortController();
    this.asking?.abort();
    this.asking = asking;
    this.asked = text;
    this.options.ask(source, asking.signal).then(
      preview => {
        if (!asking.signal.aborted) {
          this.preview = preview;
          this.options.tell({ preview, problem: null });
        }
      },
      (problem: unknown) => {
        if (!asking.signal.aborted) {
          // The same text may be asked about again: the server may be back.
          this.asked = null;
          this.options.tell({ preview: this.preview, problem });
        }
      }
    );
  }

  private preview: Preview | null = null;
  private asked: string | null = null;
  private asking: AbortController | null = null;
  private waiting: Disposable | null = null;
  private isDisposed = false;
}
