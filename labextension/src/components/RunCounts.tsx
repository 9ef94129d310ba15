import type { JSX } from 'react';
import type { RunSummary } from '../api/wire.generated';
import { countsOf } from '../model/run';
import { LOOKS } from '../model/states';
import { useTexts } from './context';
import { StateIcon } from './ui/Icon';

/** How many nodes are in each state, as small as can be. */
export function RunCounts({ run }: { run: RunSummary }): JSX.Element | null {
  const texts = useTexts();
  const counts = countsOf(run);
  if (counts.length === 0) {
    return null;
  }
  return (
    <span className="jp-dataops-runCounts">
      {counts.map(([state, count]) => (
        <span key={state} title={texts.__(LOOKS[state].word)}>
          <StateIcon state={state} isSaid />
          {count}
          <span className="jp-dataops-hidden"> {texts.__(LOOKS[state].word)}</span>
        </span>
      ))}
    </span>
  );
}
