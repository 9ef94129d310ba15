import type { NodeState, RunState } from '../api/wire.generated';

/** Everything that can be shown as a state: of runs, of nodes, and what a check says. */
export type AnyState = NodeState | RunState | 'passed' | 'warned' | 'none';

/** How a state looks: never by colour alone. Colours are in `style/states.css`, by `data-state`. */
export interface Look {
  /** One word or two, lower case. */
  word: string;
  /** Strokes of an icon in a 16 x 16 box. */
  icon: string;
  /** It stands still in this state until somebody does something. */
  isDone: boolean;
}

const CIRCLE = 'M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12';
const CHECK = 'M3.2 8.6l3.1 3.1l6.5-7';
const CROSS = 'M4 4l8 8M12 4l-8 8';

/** The same words and meanings as the table in `jupyter_dataops/states.py`. */
export const LOOKS = {
  none: { word: 'not run', icon: CIRCLE, isDone: true },
  pending: { word: 'pending', icon: CIRCLE, isDone: false },
  queued: { word: 'queued', icon: `${CIRCLE}M8 4.8v3.4l2.2 1.6`, isDone: false },
  running: { word: 'running', icon: 'M8 2a6 6 0 1 1-5.2 3', isDone: false },
  retrying: { word: 'retrying', icon: 'M13 8a5 5 0 1 1-1.6-3.7M13 1.8v3h-3', isDone: false },
  cancelling: { word: 'cancelling', icon: `${CIRCLE}M6 6h4v4h-4z`, isDone: false },
  succeeded: { word: 'succeeded', icon: CHECK, isDone: true },
  passed: { word: 'passed', icon: CHECK, isDone: true },
  warned: { word: 'warned', icon: 'M8 2.5l6 11h-12zM8 6.5v3M8 11.4v.4', isDone: true },
  failed: { word: 'failed', icon: CROSS, isDone: true },
  crashed: { word: 'crashed', icon: 'M9.2 1.8l-5.4 7.4h4l-1 5l5.4-7.4h-4z', isDone: true },
  reused: { word: 'reused', icon: 'M3 7a5 5 0 0 1 9-2.2M12.4 2v3h-3M13 9a5 5 0 0 1-9 2.2M3.6 14v-3h3', isDone: true },
  skipped: { word: 'skipped', icon: 'M3 3.5l5.5 4.5l-5.5 4.5zM12.5 3.5v9', isDone: true },
  upstream_failed: { word: 'upstream failed', icon: `${CIRCLE}M4 4l8 8`, isDone: true },
  cancelled: { word: 'cancelled', icon: `${CIRCLE}M6 6h4v4h-4z`, isDone: true }
} as const satisfies Readonly<Record<AnyState, Look>>;
