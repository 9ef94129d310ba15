import { useEffect, useState } from 'react';
import type { Client } from '../../api/client';
import { RunsFollower } from '../following';
import { useThrottled } from '../useThrottled';

const AT_MOST_EVERY_MS = 1_000;

/** Grows when something has happened in a run of any notebook: whatever runs make may be another then. */
export function useRunsRevision(client: Client): number {
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    const grow = () => setRevision(count => count + 1);
    // That runs cannot be followed is told where they are listed: here, what there is stays.
    const follower = new RunsFollower(client, null, grow, () => undefined);
    return () => follower.dispose();
  }, [client]);
  return useThrottled(revision, AT_MOST_EVERY_MS);
}
