import type { JSX, ReactNode } from 'react';
import type { PollView, ScheduleView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { formatParameters } from '../../model/parameters';
import { sentence } from '../../model/sentences';
import { useTexts } from '../context';

interface ScheduleFactsProps {
  readonly schedule: ScheduleView;
  readonly polls: readonly PollView[];
}

/** What else there is to know of a schedule. */
export function ScheduleFacts({ schedule, polls }: ScheduleFactsProps): JSX.Element {
  const texts = useTexts();
  const { trigger, parameters, environment, deployed, policy, origin, created_at, created_by, waiting } = schedule;
  const { deployment } = schedule;
  const where = environment ?? texts.__('none');
  const facts: [string, ReactNode][] = [
    [texts.__('Trigger'), <code className="jp-dataops-code">{trigger}</code>],
    [texts.__('Parameters'), formatParameters(parameters)],
    [texts.__('Environment'), deployed ? texts.__('%1, the version that is live there', where) : (environment ?? '')],
    [texts.__('Nodes'), schedule.select ?? (schedule.changed ? texts.__('what has changed') : '')],
    [texts.__('Rules'), policy.told.map(sentence).join(' ')],
    [texts.__('Waiting'), waiting === 0 ? '' : texts._n('%1 fire waits', '%1 fires wait', waiting)],
    [texts.__('Looks at'), polls.map(poll => [poll.source, poll.error].filter(Boolean).join(': ')).join('; ')],
    [texts.__('Described in'), origin === null ? '' : texts.__('%1: a sync undoes what is changed here', origin)],
    [
      texts.__('Deployment'),
      deployment === null ? '' : texts.__('%1: its next version undoes what is changed here', deployment)
    ],
    [texts.__('Created'), texts.__('%1 by %2', formatExactly(created_at), created_by)]
  ];
  return (
    <dl className="jp-dataops-facts">
      {facts
        .filter(([, said]) => said !== '')
        .map(([name, said]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{said}</dd>
          </div>
        ))}
    </dl>
  );
}
