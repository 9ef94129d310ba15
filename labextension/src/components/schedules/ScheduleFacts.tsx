import type { JSX, ReactNode } from 'react';
import type { PolicyView, PollView, ScheduleView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { spellDuration } from '../../model/typedDurations';
import { formatParameters } from '../../model/parameters';
import type { Texts } from '../../model/texts';
import { formatIn } from '../../model/zones';
import { useTexts } from '../context';
import { catchupWords, overlapWords } from './words';

interface ScheduleFactsProps {
  readonly schedule: ScheduleView;
  readonly polls: readonly PollView[];
}

/** What else there is to know of a schedule. */
export function ScheduleFacts({ schedule, polls }: ScheduleFactsProps): JSX.Element {
  const texts = useTexts();
  const { trigger, zone, parameters, environment, deployed, policy, origin, created_at, created_by, waiting } =
    schedule;
  const { deployment } = schedule;
  const where = environment ?? texts.__('none');
  const facts: [string, ReactNode][] = [
    [texts.__('Trigger'), <code className="jp-dataops-code">{trigger}</code>],
    [texts.__('Parameters'), formatParameters(parameters)],
    [texts.__('Environment'), deployed ? texts.__('%1, the version that is live there', where) : (environment ?? '')],
    [texts.__('Nodes'), schedule.select ?? (schedule.changed ? texts.__('what has changed') : '')],
    ...policyFacts(policy, zone, texts),
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

const USUAL_GRACE_S = 3600;

/** What it does when time goes wrong, and between which times it fires, as far as that is not the usual; else empty. */
function policyFacts(policy: PolicyView, zone: string, texts: Texts): [string, string][] {
  const { overlap, catchup, catchup_max, misfire_grace_s, jitter_s, starts_at, ends_at, max_runs } = policy;
  const caught = catchup === 'all' ? texts.__('all of them, up to %1', catchup_max) : catchupWords(catchup, texts);
  return [
    [texts.__('Not before'), starts_at === null ? '' : formatIn(starts_at, zone)],
    [texts.__('Until'), ends_at === null ? '' : formatIn(ends_at, zone)],
    [texts.__('At most'), max_runs === null ? '' : texts._n('%1 run', '%1 runs', max_runs)],
    [texts.__('Jitter'), jitter_s === 0 ? '' : texts.__('up to %1', spellDuration(jitter_s))],
    [texts.__('While one runs'), overlap === 'skip' ? '' : overlapWords(overlap, texts)],
    [texts.__('Catch up'), catchup === 'latest' ? '' : caught],
    [texts.__('Missed after'), misfire_grace_s === USUAL_GRACE_S ? '' : spellDuration(misfire_grace_s)]
  ];
}
