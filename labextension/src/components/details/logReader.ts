import type { Client, Disposable } from '../../api/client';
import type { LogChunk, LogPiece, Refusal } from '../../api/wire.generated';
import { LogText } from '../../model/log';
import { refusalOf } from '../../model/refusals';
import { Batch, createStore, type Schedule } from '../../model/store';

/** Bytes that are read at once: some 30,000 lines. */
const WINDOW_BYTES = 4_000_000;
/** Bytes of its end, which are there first: some 2,000 lines. The rest of the window comes while they are looked at. */
const END_BYTES = 250_000;
/** The server gives no less than this at a time. */
const LEAST_BYTES = 1_024;

export interface LogState {
  /** Another one whenever the text has changed. */
  readonly version: number;
  /** Bytes before what is known. */
  readonly earlierBytes: number;
  /** Lines that were put in front with this version. */
  readonly prepended: number;
  readonly isLoading: boolean;
  readonly isComplete: boolean;
  readonly problem: Refusal | null;
}

export interface LogOf {
  readonly runId: string;
  readonly node: string;
  readonly attempt: number;
}

/** The log of one attempt: its end first, then what comes, and on request what was before. */
export class LogReader implements Disposable {
  readonly store = createStore<LogState>({
    version: 0,
    earlierBytes: 0,
    prepended: 0,
    isLoading: true,
    isComplete: false,
    problem: null
  });
  text = new LogText();

  constructor(
    private readonly client: Client,
    private readonly of: LogOf,
    schedule?: Schedule
  ) {
    this.batch = new Batch(chunks => this.grow(chunks), schedule);
    void this.open();
  }

  dispose(): void {
    this.abort.abort();
    this.watch?.dispose();
    this.batch.dispose();
  }

  /** A window more of what is above. */
  async loadEarlier(): Promise<void> {
    if (this.first > 0 && !this.store.get().isLoading) {
      await this.load(() => this.readEarlier(WINDOW_BYTES));
    }
  }

  /** Tries again after a problem: what is told of what was read before does not count any more. */
  async open(): Promise<void> {
    this.watch?.dispose();
    this.watch = null;
    this.batch.dispose();
    await this.load(async () => {
      let chunk = await this.read(null, END_BYTES);
      if (chunk.start > 0 && chunk.start < LEAST_BYTES) {
        chunk = await this.read(0, WINDOW_BYTES + LEAST_BYTES);
      }
      this.first = chunk.start;
      this.next = chunk.next;
      this.pieces = [...chunk.pieces];
      this.text = new LogText();
      this.text.append(chunk.pieces);
      this.changed({ earlierBytes: chunk.start, isComplete: chunk.is_complete, prepended: 0 });
      if (!chunk.is_complete || chunk.next < chunk.size) {
        this.follow();
      }
      if (this.first > 0) {
        await this.readEarlier(WINDOW_BYTES - END_BYTES);
      }
    });
  }

  private async readEarlier(bytes: number): Promise<void> {
    const { text } = this;
    // What would be left is never less than the server gives.
    const start = this.first <= bytes + LEAST_BYTES ? 0 : this.first - bytes;
    const chunks: LogChunk[] = [];
    for (let from = start; from < this.first;) {
      const chunk = await this.read(from, this.first - from);
      chunks.push(chunk);
      if (chunk.next <= from) {
        break;
      }
      from = chunk.next;
    }
    // Read anew meanwhile: this is above what is there no more.
    if (this.text === text) {
      this.prepend(chunks);
    }
  }

  private async load(what: () => Promise<void>): Promise<void> {
    this.store.update(state => ({ ...state, isLoading: true, problem: null }));
    try {
      await what();
      this.end({ isLoading: false });
    } catch (error) {
      this.end({ isLoading: false, problem: refusalOf(error) });
    }
  }

  private end(change: Partial<LogState>): void {
    if (!this.abort.signal.aborted) {
      this.store.update(state => ({ ...state, ...change }));
    }
  }

  private read(start: number | null, bytes: number): Promise<LogChunk> {
    const { runId, node, attempt } = this.of;
    const max_bytes = Math.max(LEAST_BYTES, Math.min(WINDOW_BYTES + LEAST_BYTES, bytes));
    return this.client.call(
      'get_log',
      { run_id: runId, node, attempt, start, max_bytes },
      { signal: this.abort.signal }
    );
  }

  private follow(): void {
    if (this.abort.signal.aborted) {
      return;
    }
    const { runId, node, attempt } = this.of;
    this.watch = this.client.watch({ op: 'watch_log', run_id: runId, node, attempt, start: this.next }, told => {
      if (told.kind === 'log' && 'chunk' in told) {
        this.batch.push(told.chunk);
      } else if (told.kind === 'error' && 'error' in told) {
        this.end({ problem: told.error });
      }
    });
  }

  private grow(chunks: readonly LogChunk[]): void {
    let isComplete = false;
    for (const chunk of chunks) {
      isComplete ||= chunk.is_complete;
      if (chunk.next > this.next) {
        this.next = chunk.next;
        for (const piece of chunk.pieces) {
          this.pieces.push(piece);
        }
        this.text.append(chunk.pieces);
      }
    }
    this.changed({ isComplete: isComplete || this.store.get().isComplete, prepended: 0 });
  }

  private prepend(chunks: readonly LogChunk[]): void {
    const before = this.text.lines.length;
    this.pieces = [...chunks.flatMap(chunk => chunk.pieces), ...this.pieces];
    this.first = chunks[0]?.start ?? 0;
    // Read anew as a whole: a colour, or a bar, may begin above and end below.
    this.text = new LogText();
    this.text.append(this.pieces);
    this.changed({ earlierBytes: this.first, prepended: this.text.lines.length - before });
  }

  private changed(change: Partial<LogState>): void {
    this.store.update(state => ({ ...state, ...change, version: state.version + 1 }));
  }

  private readonly abort = new AbortController();
  private readonly batch: Batch<LogChunk>;
  private watch: Disposable | null = null;
  private pieces: LogPiece[] = [];
  private first = 0;
  private next = 0;
}
