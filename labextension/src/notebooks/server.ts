/** The client over a Jupyter server's own connection: its token, XSRF and base URL. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { pageTimers } from '../model/timers';
import { RestClient } from '../api/rest';
import { Stream } from '../api/stream';

const BASE = 'dataops/v1';

/** What the user may do on the server. */
export interface Permissions {
  /** Start runs, and what runs later. */
  readonly execute: boolean;
  /** Say what runs later: add, edit and remove schedules. */
  readonly write: boolean;
}

/** Where nobody can be asked, they may try everything, and are told then. */
export async function permissionsOf(settings: ServerConnection.ISettings): Promise<Permissions> {
  const asked = encodeURIComponent(JSON.stringify({ dataops: ['execute', 'write'] }));
  try {
    const url = `${URLExt.join(settings.baseUrl, 'api/me')}?permissions=${asked}`;
    const response = await ServerConnection.makeRequest(url, {}, settings);
    const { permissions } = (await response.json()) as { permissions?: { dataops?: string[] } };
    const granted = permissions?.dataops;
    return { execute: granted?.includes('execute') ?? true, write: granted?.includes('write') ?? true };
  } catch {
    return { execute: true, write: true };
  }
}

export function serverClient(settings: ServerConnection.ISettings): RestClient {
  const stream = new Stream(() => {
    const url = URLExt.join(settings.wsUrl, BASE, 'stream');
    const isTokenNeeded = settings.appendToken && settings.token !== '';
    return new settings.WebSocket(isTokenNeeded ? `${url}?token=${encodeURIComponent(settings.token)}` : url);
  }, pageTimers);
  // A laptop that wakes up should not wait half a minute.
  window.addEventListener('online', () => stream.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
      stream.hurry();
    }
  });
  const fetch = (path: string, init: RequestInit) =>
    ServerConnection.makeRequest(`${URLExt.join(settings.baseUrl, BASE)}/${path}`, init, settings);
  return new RestClient({ fetch }, stream);
}
