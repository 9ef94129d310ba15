import { type JSX, useEffect, useRef, useState } from 'react';
import type { Client } from '../../api/client';
import type { ScheduleView } from '../../api/wire.generated';
import { triggerWords } from '../../model/triggerWords';
import { useTexts } from '../context';
import { type Host, mayChange } from '../host';
import { openRunWith } from '../openRun';
import { Button } from '../ui/Button';
import { RefusalNotice } from '../ui/Notice';
import { Waiting } from '../ui/Waiting';
import { type Acting, useActing } from '../useActing';
import { useCall } from '../useCall';
import { useMinute } from '../useMinute';
import { BackfillForm } from './BackfillForm';
import { Fires } from './Fires';
import { NextFires } from './NextFires';
import { ScheduleFacts } from './ScheduleFacts';
import { ScheduleNotices } from './ScheduleNotices';
import { NextWords } from './ScheduleRow';
import { scheduleActions } from './scheduleActions';

interface ScheduleDetailsProps {
  readonly schedule: ScheduleView;
  readonly client: Client;
  readonly host: Host;
  readonly onShow: (name: string | null) => void;
}

const FIRST_FIRES = 20;
const MOST_FIRES = 500;

/** One schedule: what can be done with it, when it fires next, and what became of its fires. */
export function ScheduleDetails({ schedule, client, host, onShow }: ScheduleDetailsProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  const acting = useActing();
  const [isFilling, setFilling] = useState(false);
  const [count, setCount] = useState(FIRST_FIRES);
  const { name, notebook, path, trigger, told } = schedule;
  const request = { schedule: name, fires: count, next: 5 };
  const answer = useCall(client, 'get_schedule', request, JSON.stringify(schedule));
  const back = useRef<HTMLDivElement>(null);
  useEffect(() => back.current?.querySelector('button')?.focus(), []);
  const openRun = openRunWith(client, host, acting);
  return (
    <>
      <div className="jp-dataops-schedule-head" ref={back}>
        <Button look="quiet" icon="back" isIconOnly label={texts.__('All schedules')} onClick={() => onShow(null)} />
        <h2 className="jp-dataops-title" title={name}>
          {name}
        </h2>
        <NextWords schedule={schedule} now={now} />
      </div>
      <div className="jp-dataops-schedule-about">
        <p>{triggerWords(trigger, told, texts)}.</p>
        <p className="jp-dataops-faint">
          {path !== null && host.openFile ? (
            <button type="button" className="jp-dataops-link" onClick={() => host.openFile?.(path)}>
              {path}
            </button>
          ) : (
            notebook
          )}
        </p>
        {schedule.paused_because ? (
          <p className="jp-dataops-faint">{texts.__('Paused: %1', schedule.paused_because)}</p>
        ) : null}
      </div>
      {host.isReadOnly ? null : (
        <ScheduleButtons
          schedule={schedule}
          client={client}
          host={host}
          acting={acting}
          isFilling={isFilling}
          onFill={() => setFilling(!isFilling)}
        />
      )}
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      {isFilling && !host.isReadOnly ? (
        <BackfillForm schedule={schedule} client={client} onClose={() => setFilling(false)} />
      ) : null}
      <div className="jp-dataops-scroll jp-dataops-schedule-body">
        <Waiting answer={answer}>
          {({ schedule: { next, fires }, polls, notices, has_more }) => (
            <>
              <h3 className="jp-dataops-label">{texts.__('Next')}</h3>
              {next.length === 0 ? (
                <p className="jp-dataops-faint">
                  {schedule.state === 'over'
                    ? texts.__('It never fires again.')
                    : texts.__('When it fires next cannot be foreseen.')}
                </p>
              ) : (
                <NextFires label={texts.__('Next fires')} fires={next} />
              )}
              <h3 className="jp-dataops-label">{texts.__('Fires')}</h3>
              {fires.length === 0 ? (
                <p className="jp-dataops-faint">{texts.__('It has not fired yet.')}</p>
              ) : (
                <Fires label={texts.__('Fires')} fires={fires} onOpenRun={openRun} />
              )}
              {has_more && count < MOST_FIRES ? (
                <Button
                  look="quiet"
                  icon="down"
                  label={texts.__('Earlier fires')}
                  onClick={() => setCount(Math.min(MOST_FIRES, count * 4))}
                />
              ) : null}
              <ScheduleNotices
                notices={notices}
                fires={fires}
                onOpenRun={host.openRun ? openRun : null}
                onReload={answer.reload}
              />
              <h3 className="jp-dataops-label">{texts.__('About')}</h3>
              <ScheduleFacts schedule={schedule} polls={polls} />
            </>
          )}
        </Waiting>
      </div>
    </>
  );
}

interface ScheduleButtonsProps {
  readonly schedule: ScheduleView;
  readonly client: Client;
  readonly host: Host;
  readonly acting: Acting;
  readonly isFilling: boolean;
  readonly onFill: () => void;
}

function ScheduleButtons({ schedule, client, host, acting, isFilling, onFill }: ScheduleButtonsProps): JSX.Element {
  const texts = useTexts();
  const actions = scheduleActions(schedule, client, host, acting);
  const reason = acting.busy === null ? null : texts.__('Another request is on its way.');
  const isPaused = schedule.state === 'paused';
  const { name } = schedule;
  return (
    <div
      className="jp-dataops-toolbar jp-dataops-schedule-toolbar"
      role="group"
      aria-label={texts.__('Actions on the schedule')}
    >
      <Button
        look="primary"
        icon="play"
        label={texts.__('Run now')}
        help={texts.__('Start a run at once, whether it is due or not')}
        reason={reason}
        isBusy={acting.busy === 'run'}
        onClick={actions.runNow}
      />
      <Button
        icon={isPaused ? 'resume' : 'pause'}
        label={isPaused ? texts.__('Resume') : texts.__('Pause')}
        reason={reason}
        isBusy={acting.busy === 'pause'}
        onClick={actions.togglePause}
      />
      <Button
        icon="backfill"
        label={texts.__('Backfill')}
        help={texts.__('Run fires of the past that have had no run')}
        isExpanded={isFilling}
        onClick={onFill}
      />
      <span className="jp-dataops-bar-end">
        {host.editSchedule && mayChange(host) ? (
          <Button
            look="quiet"
            icon="edit"
            isIconOnly
            label={texts.__('Edit %1', name)}
            reason={reason}
            onClick={() => void acting.act('edit', async () => host.editSchedule?.(name))}
          />
        ) : null}
        {mayChange(host) ? (
          <Button
            look="quiet"
            icon="remove"
            isIconOnly
            label={texts.__('Remove %1', name)}
            reason={reason}
            onClick={actions.remove}
          />
        ) : null}
      </span>
    </div>
  );
}
