import type { Client, Connection, Disposable, OperationName, RequestOf, ResponseOf, Told, Watch } from '../api/client';

/** What a watcher is told, without the id that the client adds. */
type News = Told extends infer One ? (One extends Told ? Omit<One, 'id'> : never) : never;

/** A client whose answers a test gives, and which tells what the test says. */
export class FakeClient implements Client {
  readonly calls: { name: OperationName; request: unknown }[] = [];
  readonly watches: { request: Watch; listener: (told: Told) => void; isEnded: boolean }[] = [];
  readonly answers: {
    [Name in OperationName]?: (request: RequestOf<Name>) => ResponseOf<Name> | Promise<ResponseOf<Name>>;
  } = {};
  connection: Connection = 'connected';

  async call<Name extends OperationName>(name: Name, request: RequestOf<Name>): Promise<ResponseOf<Name>> {
    this.calls.push({ name, request });
    const answer = this.answers[name];
    if (answer === undefined) {
      throw new Error(`The test has no answer to ${name}.`);
    }
    return await answer(request);
  }

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    const watch = { request, listener, isEnded: false };
    this.watches.push(watch);
    return { dispose: () => void (watch.isEnded = true) };
  }

  /** Tells every watch that goes on and is of this kind. */
  tell(op: Watch['op'], news: News): void {
    for (const { request, listener, isEnded } of [...this.watches]) {
      if (!isEnded && request.op === op) {
        listener({ ...news, id: '0' });
      }
    }
  }

  onConnection(): Disposable {
    return { dispose: () => undefined };
  }
}
