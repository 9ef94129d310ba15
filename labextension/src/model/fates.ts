import type { FireView } from '../api/wire.generated';
import type { AnyState } from './states';
import type { Texts } from './texts';

/** How what became of a fire looks: icon and colour of a state, and a word that says it alone. */
export interface FateLook {
  readonly state: AnyState;
  readonly word: string;
}

const RUN_WORDS = {
  queued: 'queued',
  running: 'running',
  cancelling: 'cancelling',
  succeeded: 'succeeded',
  failed: 'failed',
  crashed: 'crashed',
  cancelled: 'cancelled'
} as const;

/** A fire that was started is as its run is; any other as its fate says. */
export function lookOfFire({ fate, run_state }: FireView, texts: Texts): FateLook {
  switch (fate) {
    case 'started':
      return run_state === null
        ? { state: 'none', word: texts.__('started') }
        : { state: run_state, word: texts.__(RUN_WORDS[run_state]) };
    case 'claimed':
      return { state: 'queued', word: texts.__('starting') };
    case 'buffered':
      return { state: 'queued', word: texts.__('waiting') };
    case 'skipped':
      return { state: 'skipped', word: texts.__('skipped') };
    case 'missed':
      return { state: 'warned', word: texts.__('missed') };
    case 'failed_to_start':
      return { state: 'failed', word: texts.__('failed to start') };
  }
}

/** How many fires a row stands for, as `×12`; empty for one. */
export function countOfFires({ count, at_least }: FireView): string {
  return count === 1 && !at_least ? '' : `×${count}${at_least ? '+' : ''}`;
}
