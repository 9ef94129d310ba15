/** The client over HTTP and one websocket. Knows no Jupyter: `plugins/dataops.ts` gives it the connection. */
import type { Client, Connection, Disposable, OperationName, RequestOf, ResponseOf, Told, Watch } from './client';
import { ROUTES } from './operations.generated';
import { refused, unreachable, unreadable } from './refusals';
import type { Stream } from './stream';

/** How to reach the server, with its token and XSRF in place. */
export interface Server {
  /** `path` lies below `dataops/v1/`. Rejects where the server cannot be reached. */
  fetch(path: string, init: RequestInit): Promise<Response>;
}

/** Below `dataops/v1/`: fields that the route names go into the path, the others into the query (GET) or the body. */
export function requestTo(name: OperationName, request: object): { path: string; init: RequestInit } {
  const { method, route } = ROUTES[name];
  const rest = new Map(Object.entries(request).filter(([, value]) => value !== undefined));
  const path = route.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(rest.get(field));
    rest.delete(field);
    return encodeURIComponent(value);
  });
  if (method === 'POST') {
    return { path, init: { method, body: JSON.stringify(Object.fromEntries(rest)) } };
  }
  const query = new URLSearchParams();
  for (const [field, value] of rest) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null) {
        query.append(field, String(one));
      }
    }
  }
  return { path: query.size > 0 ? `${path}?${query}` : path, init: { method } };
}

/** Operations by HTTP; watches by `stream`. */
export class RestClient implements Client {
  constructor(
    private readonly server: Server,
    private readonly stream: Stream
  ) {}

  async call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options: { signal?: AbortSignal } = {}
  ): Promise<ResponseOf<Name>> {
    const { path, init } = requestTo(name, request);
    const response = await this.reach(path, options.signal ? { ...init, signal: options.signal } : init);
    if (!response.ok) {
      throw await refused(response);
    }
    try {
      return (await response.json()) as ResponseOf<Name>;
    } catch (error) {
      // A page with status 200, such as the login of a proxy; or the connection broke within the answer.
      throw error instanceof SyntaxError ? unreadable(response) : unlessAborted(error, options.signal);
    }
  }

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    return this.stream.watch(request, listener);
  }

  get connection(): Connection {
    return this.stream.connection;
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    return this.stream.onConnection(listener);
  }

  private async reach(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.server.fetch(path, init);
    } catch (error) {
      throw unlessAborted(error, init.signal);
    }
  }
}

/** Whoever aborted knows; any other failure below HTTP means that nobody is there. */
function unlessAborted(error: unknown, signal?: AbortSignal | null): unknown {
  return signal?.aborted ? error : unreachable();
}
