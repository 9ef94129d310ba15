import type { JSX } from 'react';
import type { FireView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import type { Texts } from '../../model/texts';
import { useTexts } from '../context';
import { Icon } from '../ui/Icon';
import { Marked } from '../ui/Marked';
import { FateWord } from './FateDots';
import { fateMeaning } from './words';

interface FiresProps {
  readonly label: string;
  readonly fires: readonly FireView[];
  /** The run of a fire is shown; `null`: it cannot be. */
  readonly onOpenRun: ((runId: string) => void) | null;
}

/** What became of fires: when each was due, its fate, why, and its run. */
export function Fires({ label, fires, onOpenRun }: FiresProps): JSX.Element {
  const texts = useTexts();
  return (
    <ol className="jp-dataops-fires" aria-label={label}>
      {fires.map(fire => {
        const { fire_time, told, kind, fate, run_id, reason } = fire;
        const facts = factsOf(fire, texts);
        return (
          <li key={`${fire_time} ${kind}`}>
            <time dateTime={fire_time} title={texts.__('Your time: %1', formatExactly(fire_time))}>
              {told}
            </time>
            <span className="jp-dataops-fires-fate" title={fateMeaning(fate, texts)}>
              <FateWord fire={fire} />
            </span>
            {run_id !== null && onOpenRun ? (
              <button
                type="button"
                className="jp-dataops-link jp-dataops-fires-run"
                aria-label={texts.__('Show the run of %1', told)}
                onClick={() => onOpenRun(run_id)}
              >
                {texts._p('noun', 'run')}
                <Icon name="open" />
              </button>
            ) : null}
            {facts.length > 0 || reason ? (
              <span className="jp-dataops-fires-why">
                {facts.join(' · ')}
                {facts.length > 0 && reason ? ' · ' : ''}
                <Marked text={reason} />
              </span>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

/** Later than this, people ask why. */
const LATE_S = 5;

function factsOf({ kind, late_s, asked_by, first_time, resumed }: FireView, texts: Texts): string[] {
  return [
    kind === 'manual' ? texts.__('run now by %1', asked_by) : '',
    kind === 'backfill' ? texts.__('backfill by %1', asked_by) : '',
    late_s !== null && late_s >= LATE_S ? texts.__('%1 s late', Math.round(late_s)) : '',
    first_time === null ? '' : texts.__('since %1', formatExactly(first_time)),
    resumed > 0 ? texts._n('resumed once after a crash', 'resumed %1 times after crashes', resumed) : ''
  ].filter(Boolean);
}
