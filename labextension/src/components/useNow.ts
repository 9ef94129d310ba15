import { useSyncExternalStore } from 'react';

const TICK_MS = 500;
const MINUTE_MS = 60_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

/** One clock for all that shows how long something has been going on; it stands while nobody looks. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach(tell => tell());
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

const stand = () => () => undefined;

function minute(): number {
  return Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
}

/** The time in milliseconds: twice a second while `isLive`, else to the minute, which renders nothing anew by itself. */
export function useNow(isLive: boolean): number {
  return useSyncExternalStore(isLive ? subscribe : stand, () => (isLive ? now : minute()));
}
