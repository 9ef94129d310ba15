import type { JSX } from 'react';
import { type AnyState, LOOKS } from '../model/states';

/** The icon of a state, in its colour; the word beside it says the same. */
export function StateIcon({ state }: { readonly state: AnyState }): JSX.Element {
  return (
    <svg className="jp-dataops-stateIcon" data-state={state} viewBox="0 0 16 16" aria-hidden="true">
      <path d={LOOKS[state].icon} />
    </svg>
  );
}
