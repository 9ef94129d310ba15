import type { Client } from '../api/client';
import type { Host } from './host';
import type { Acting } from './useActing';

/** Opens the run of that id where the page can show runs; `null`: it cannot. */
export function openRunWith(client: Client, host: Host, { act }: Acting): ((runId: string) => void) | null {
  if (!host.openRun) {
    return null;
  }
  return run_id => void act('open', async () => host.openRun?.((await client.call('get_run', { run_id })).run));
}
