import type { Client, Connection, Disposable, OperationName, RequestOf, ResponseOf, Told, Watch } from './client';
import type { RunSummary, Started } from './wire.generated';

const STARTING: ReadonlySet<OperationName> = new Set<OperationName>(['create_run', 'retry', 'resume']);

/** A client that says which runs were started through it: by a command, by a panel, by whatever. */
export class AnnouncingClient implements Client {
  constructor(
    private readonly client: Client,
    private readonly announce: (run: RunSummary) => void
  ) {}

  async call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options?: { signal?: AbortSignal }
  ): Promise<ResponseOf<Name>> {
    const answer = await this.client.call(name, request, options);
    if (STARTING.has(name)) {
      this.announce((answer as Started).run);
    }
    return answer;
  }

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    return this.client.watch(request, listener);
  }

  get connection(): Connection {
    return this.client.connection;
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    return this.client.onConnection(listener);
  }
}
