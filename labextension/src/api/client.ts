import type { Operations } from './operations.generated';
import type * as wire from './wire.generated';

export type OperationName = keyof Operations;
export type RequestOf<Name extends OperationName> = Operations[Name]['request'];
export type ResponseOf<Name extends OperationName> = Operations[Name]['response'];

/** What can be watched; the client chooses the id. */
export type Watch =
  Omit<wire.WatchRun, 'id'> | Omit<wire.WatchRuns, 'id'> | Omit<wire.WatchSchedules, 'id'> | Omit<wire.WatchLog, 'id'>;

/** What a watcher is told. */
export type Told =
  wire.RunShown | wire.RunChanged | wire.RunsChanged | wire.SchedulesChanged | wire.LogGrown | wire.WatchFailed;

/**
 * How the way to Python is: `lost` is being mended by itself, and what was missed is told afterwards; `queued` means
 * that the kernel is busy and answers when its cell has ended; `gone` that it does not come back: the kernel has ended.
 */
export type Connection = 'connecting' | 'connected' | 'queued' | 'lost' | 'gone';

/** A refusal: what, where, what to do. */
export class OperationError extends Error {
  constructor(
    readonly refusal: wire.Refusal,
    readonly status: number
  ) {
    super(refusal.message);
    this.name = 'OperationError';
  }
}

export interface Disposable {
  dispose(): void;
}

/**
 * The way to Python, whichever it is: REST and a websocket in Lab, a widget's comm elsewhere.
 *
 * Everything that is shown comes through these; no component knows which client it has.
 */
export interface Client {
  /** Rejects with `OperationError` on a refusal, and where Python cannot be reached. */
  call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options?: { signal?: AbortSignal }
  ): Promise<ResponseOf<Name>>;

  /**
   * Tells `listener` until disposed, or until it was told `error`. After a lost connection the watch goes on from
   * what was told last: nothing is told twice, and nothing is left out.
   */
  watch(request: Watch, listener: (told: Told) => void): Disposable;

  readonly connection: Connection;
  onConnection(listener: (connection: Connection) => void): Disposable;
}
