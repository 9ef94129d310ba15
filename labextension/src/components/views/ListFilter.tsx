import type { JSX } from 'react';
import { type AnyState, LOOKS } from '../../model/states';
import { stateCounts } from '../../model/tree';
import { useSelected, useTexts } from '../context';
import { StateIcon } from '../ui/Icon';
import { SearchField } from '../ui/SearchField';

interface ListFilterProps {
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly states: ReadonlySet<AnyState>;
  readonly onStates: (states: ReadonlySet<AnyState>) => void;
}

/** Narrows the list down to names and states. */
export function ListFilter({ words, onWords, states, onStates }: ListFilterProps): JSX.Element {
  const texts = useTexts();
  const run = useSelected(state => state.run);
  const counts = run ? stateCounts(run) : [];
  const toggle = (state: AnyState) => {
    const next = new Set(states);
    if (!next.delete(state)) {
      next.add(state);
    }
    onStates(next);
  };
  return (
    <div className="jp-dataops-filter">
      <SearchField label={texts.__('Filter nodes by name')} words={words} onWords={onWords} />
      <div role="group" aria-label={texts.__('Filter nodes by state')} className="jp-dataops-filter-states">
        {counts.map(([state, count]) => {
          const word = texts.__(LOOKS[state].word);
          return (
            <button
              key={state}
              type="button"
              className="jp-dataops-toggle"
              aria-pressed={states.has(state)}
              aria-label={`${word}: ${count}`}
              title={word}
              data-state={state}
              onClick={() => toggle(state)}
            >
              <StateIcon state={state} isSaid />
              {count}
            </button>
          );
        })}
      </div>
    </div>
  );
}
