import { type JSX, useDeferredValue, useEffect, useState } from 'react';
import type { Client } from '../../api/client';
import type { Refusal, ScheduleView } from '../../api/wire.generated';
import type { SchedulesKnown } from '../../model/schedules';
import { fitting } from '../../model/scheduleSearch';
import type { Store } from '../../model/store';
import { useStore, useTexts } from '../context';
import { type Host, mayChange } from '../host';
import type { Place } from '../place';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { RefusalNotice } from '../ui/Notice';
import { SearchField } from '../ui/SearchField';
import { Loading } from '../ui/Waiting';
import { useActing } from '../useActing';
import { ScheduleDetails } from './ScheduleDetails';
import { SchedulesFollower } from './SchedulesFollower';
import { ScheduleRow } from './ScheduleRow';
import { ServiceNote } from './ServiceNote';

export interface SchedulesProps {
  readonly client: Client;
  readonly host: Host;
  readonly place: Store<Place>;
}

/** The schedules of all notebooks, or the one that is open. */
export function SchedulesView({ client, host, place }: SchedulesProps): JSX.Element {
  const [known, setKnown] = useState<SchedulesKnown | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [tries, setTries] = useState(0);
  const open = useStore(place, state => state.schedule);
  useEffect(() => {
    const follower = new SchedulesFollower(
      client,
      change => {
        setKnown(change);
        setProblem(null);
      },
      setProblem
    );
    return () => follower.dispose();
  }, [client, tries]);
  const retry = () => {
    setProblem(null);
    setTries(tries + 1);
  };
  const notice = problem ? <RefusalNotice refusal={problem} onRetry={retry} /> : null;
  if (known === null) {
    return notice ?? <Loading />;
  }
  const shown = known.schedules.find(one => one.name === open);
  const show = (schedule: string | null) => place.update(state => ({ ...state, schedule }));
  return (
    <>
      {notice}
      <ServiceNote services={known.services} hasSchedules={known.schedules.length > 0} isShort={shown !== undefined} />
      {shown ? (
        <ScheduleDetails key={shown.name} schedule={shown} client={client} host={host} onShow={show} />
      ) : (
        <ScheduleList schedules={known.schedules} client={client} host={host} onShow={show} />
      )}
    </>
  );
}

/** With fewer than this, all are seen at once. */
const MANY = 8;

interface ScheduleListProps {
  readonly schedules: readonly ScheduleView[];
  readonly client: Client;
  readonly host: Host;
  readonly onShow: (name: string) => void;
}

function ScheduleList({ schedules, client, host, onShow }: ScheduleListProps): JSX.Element {
  const texts = useTexts();
  const [words, setWords] = useState('');
  const wanted = useDeferredValue(words);
  const acting = useActing();
  const canAdd = host.scheduleNotebook !== undefined && mayChange(host);
  const adding = canAdd ? (
    <Button icon="add" label={texts.__('Schedule notebook…')} onClick={() => host.scheduleNotebook?.()} />
  ) : null;
  if (schedules.length === 0) {
    return (
      <Empty icon="clock" title={texts.__('Nothing is scheduled yet.')} actions={adding}>
        {texts.__('A schedule runs a notebook again and again: every weekday at six, or whenever a file arrives.')}
      </Empty>
    );
  }
  const shown = fitting(schedules, wanted, texts);
  return (
    <>
      <div className="jp-dataops-filter">
        {schedules.length < MANY ? (
          <span className="jp-dataops-faint">{texts._n('%1 schedule', '%1 schedules', schedules.length)}</span>
        ) : (
          <SearchField
            label={texts.__('Filter schedules by name, notebook or time')}
            words={words}
            onWords={setWords}
          />
        )}
        <span className="jp-dataops-bar-end">{adding}</span>
      </div>
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      {shown.length === 0 ? <Empty icon="search" title={texts.__('No schedule fits the filter.')} /> : null}
      <ul className="jp-dataops-schedules" aria-label={texts.__('Schedules')}>
        {shown.map(schedule => (
          <ScheduleRow
            key={schedule.name}
            schedule={schedule}
            client={client}
            host={host}
            acting={acting}
            onShow={() => onShow(schedule.name)}
          />
        ))}
      </ul>
    </>
  );
}
