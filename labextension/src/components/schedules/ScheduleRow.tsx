import type { JSX } from 'react';
import type { Client } from '../../api/client';
import type { ScheduleView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { lookOfFire } from '../../model/fates';
import { formatAgo, formatUntil } from '../../model/moments';
import type { Texts } from '../../model/texts';
import { triggerWords } from '../../model/triggerWords';
import { useTexts } from '../context';
import type { Host } from '../host';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import type { Acting } from '../useActing';
import { useMinute } from '../useMinute';
import { FateDots } from './FateDots';
import { scheduleActions } from './scheduleActions';

interface ScheduleRowProps {
  readonly schedule: ScheduleView;
  readonly client: Client;
  readonly host: Host;
  readonly acting: Acting;
  readonly onShow: () => void;
}

/** A schedule in three lines: what it is called and when it fires next, what it says, and how it went. */
export function ScheduleRow({ schedule, client, host, acting, onShow }: ScheduleRowProps): JSX.Element {
  const texts = useTexts();
  const { name, notebook, path, trigger, told, fires, environment, deployed, state } = schedule;
  const now = useMinute();
  const actions = scheduleActions(schedule, client, host, acting);
  const reason = acting.busy === null ? null : texts.__('Another request is on its way.');
  const isPaused = state === 'paused';
  const [latest] = fires;
  return (
    <li className="jp-dataops-schedule" data-schedule={name} data-is={state}>
      <button type="button" className="jp-dataops-schedule-open" onClick={onShow}>
        <span className="jp-dataops-run-line">
          <Icon name={isPaused ? 'pause' : 'clock'} />
          <span className="jp-dataops-run-name">{name}</span>
          <NextWords schedule={schedule} now={now} />
        </span>
        <span className="jp-dataops-schedule-told">{triggerWords(trigger, told, texts)}</span>
        <span className="jp-dataops-schedule-facts">
          <span title={path ?? undefined}>{notebook}</span>
          {environment ? (
            <span className="jp-dataops-tag">{deployed ? texts.__('live in %1', environment) : environment}</span>
          ) : null}
          {latest ? (
            <span className="jp-dataops-schedule-fates">
              <FateDots fires={fires} />
              <span className="jp-dataops-state-word" data-state={lookOfFire(latest, texts).state}>
                {lookOfFire(latest, texts).word}
              </span>
              <span>{formatAgo(latest.fire_time, now, texts)}</span>
            </span>
          ) : (
            <span>{texts.__('has not fired yet')}</span>
          )}
        </span>
      </button>
      {host.isReadOnly ? null : (
        <span className="jp-dataops-schedule-actions">
          {state === 'over' ? null : (
            <Button
              look="quiet"
              icon={isPaused ? 'resume' : 'pause'}
              isIconOnly
              label={isPaused ? texts.__('Resume %1', name) : texts.__('Pause %1', name)}
              reason={reason}
              onClick={actions.togglePause}
            />
          )}
          <Button
            look="quiet"
            icon="play"
            isIconOnly
            label={texts.__('Run %1 now', name)}
            reason={reason}
            onClick={actions.runNow}
          />
        </span>
      )}
    </li>
  );
}

/** When it fires next: how far away, and on hover by the clocks of its zone and of the user. */
export function NextWords({ schedule, now }: { schedule: ScheduleView; now: number }): JSX.Element {
  const texts = useTexts();
  const { next_at, next } = schedule;
  const told = next.find(one => one.at === next_at)?.told;
  const title = next_at === null ? undefined : [told, texts.__('Your time: %1', formatExactly(next_at))];
  return (
    <span className="jp-dataops-schedule-next" title={title?.filter(Boolean).join('\n')}>
      {nextWords(schedule, now, texts)}
    </span>
  );
}

function nextWords({ state, next_at, active_runs }: ScheduleView, now: number, texts: Texts): string {
  if (active_runs.length > 0) {
    return texts.__('running');
  }
  switch (state) {
    case 'paused':
      return texts.__('paused');
    case 'over':
      return texts.__('over');
    case 'active':
      return next_at === null ? texts.__('waits') : formatUntil(next_at, now, texts);
  }
}
