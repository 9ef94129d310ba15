import type { Client, Connection, Disposable, OperationName, RequestOf, ResponseOf, Told, Watch } from '../api/client';
import { OperationError } from '../api/client';

/** Answers of a fake, by operation; what is not there is refused. */
export type Answers = {
  [Name in OperationName]?: (request: RequestOf<Name>) => ResponseOf<Name> | Promise<ResponseOf<Name>>;
};

export interface Watching {
  readonly request: Watch;
  readonly tell: (told: Told) => void;
}

/** A message to a watch, of which it does not matter whose it is. */
export type Message = Told extends infer One ? (One extends Told ? Omit<One, 'id'> : never) : never;

/** A client without Python behind it: answers are given, watches are told by hand. */
export class FakeClient implements Client {
  connection: Connection = 'connected';
  readonly calls: { name: OperationName; request: unknown }[] = [];
  readonly watches: Watching[] = [];

  constructor(
    readonly answers: Answers = {},
    private readonly onWatch: (watching: Watching) => void = () => undefined,
    private readonly delayMs: number | null = null
  ) {}

  async call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options: { signal?: AbortSignal } = {}
  ): Promise<ResponseOf<Name>> {
    this.calls.push({ name, request });
    const answer = this.answers[name];
    if (this.delayMs !== null) {
      await new Promise(resolve => setTimeout(resolve, this.delayMs ?? 0));
    }
    options.signal?.throwIfAborted();
    if (!answer) {
      throw new OperationError({ code: 'unknown', message: `${name} is not answered here.`, where: '', hint: '' }, 404);
    }
    return answer(request);
  }

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    const watching = { request, tell: listener };
    this.watches.push(watching);
    this.onWatch(watching);
    return {
      dispose: () => {
        const at = this.watches.indexOf(watching);
        if (at >= 0) {
          this.watches.splice(at, 1);
        }
      }
    };
  }

  /** Tells every watch of one kind. */
  tell(op: Watch['op'], message: Message): void {
    for (const watching of [...this.watches]) {
      if (watching.request.op === op) {
        watching.tell({ ...message, id: '1' });
      }
    }
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  connect(connection: Connection): void {
    this.connection = connection;
    this.listeners.forEach(listener => listener(connection));
  }

  private readonly listeners = new Set<(connection: Connection) => void>();
}
