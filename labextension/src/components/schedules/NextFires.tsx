import type { JSX } from 'react';
import type { NextFire } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { formatUntil, weekdayOf } from '../../model/moments';
import { useTexts } from '../context';
import { Icon } from '../ui/Icon';
import { useMinute } from '../useMinute';

interface NextFiresProps {
  readonly label: string;
  readonly fires: readonly NextFire[];
}

/** Fires to come: when, how far away, and what a change of clocks does to them. */
export function NextFires({ label, fires }: NextFiresProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  return (
    <ol className="jp-dataops-nextFires" aria-label={label}>
      {fires.map(({ at, local, told, note }) => (
        <li key={at} title={texts.__('Your time: %1', formatExactly(at))}>
          <span className="jp-dataops-nextFires-day">{weekdayOf(local)}</span>
          <time dateTime={at}>{told}</time>
          <span className="jp-dataops-faint">{formatUntil(at, now, texts)}</span>
          {note ? (
            <span className="jp-dataops-nextFires-note">
              <Icon name="problems" />
              <span>{note}</span>
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
