import { type JSX, useEffect, useRef, useState } from 'react';
import type { Client } from '../../api/client';
import type { BackfillView, ScheduleView } from '../../api/wire.generated';
import { type BackfillDraft, type BackfillFault, newBackfill, readBackfill } from '../../model/backfills';
import { sentence } from '../../model/sentences';
import type { Texts } from '../../model/texts';
import { knownZone } from '../../model/zones';
import { useTexts } from '../context';
import { CheckRow, FormRow } from '../forms/FormRow';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { RefusalNotice } from '../ui/Notice';
import { useActing } from '../useActing';
import { useCall } from '../useCall';
import { useKept, useQuiet } from '../useQuiet';

const QUIET_MS = 300;
/** How many fires the preview names. */
const NAMED = 6;

interface BackfillFormProps {
  readonly schedule: ScheduleView;
  readonly client: Client;
  readonly onClose: () => void;
}

/** Fires of the past, to be run: which, before any of them starts. */
export function BackfillForm({ schedule, client, onClose }: BackfillFormProps): JSX.Element {
  const texts = useTexts();
  const zone = knownZone(schedule.zone);
  const [draft, setDraft] = useState(() => newBackfill(Date.now(), zone));
  const change = (part: Partial<BackfillDraft>) => setDraft(before => ({ ...before, ...part }));
  const read = readBackfill(draft, schedule.name, zone);
  const fault = 'fault' in read ? read.fault : null;
  const request = 'request' in read ? read.request : null;
  const quiet = useQuiet(JSON.stringify(request), QUIET_MS);
  const asked = quiet === 'null' ? null : (JSON.parse(quiet) as typeof request);
  const plan = useCall(client, 'plan_backfill', asked);
  const shown = useKept(plan.data);
  const isCurrent = plan.data !== null && quiet === JSON.stringify(request);
  const acting = useActing();
  const root = useRef<HTMLFormElement>(null);
  useEffect(() => root.current?.querySelector('input')?.focus(), []);
  const start = async () => {
    if (request && (await acting.act('backfill', () => client.call('backfill', request)))) {
      onClose();
    }
  };
  return (
    <form
      ref={root}
      className="jp-dataops-drawer jp-dataops-backfill"
      aria-label={texts.__('Backfill of %1', schedule.name)}
      onSubmit={event => event.preventDefault()}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <FormRow
        label={texts.__('From')}
        fault={faultText(fault, ['since'], texts)}
        help={texts.__('By the clocks of %1.', zone)}
      >
        {attributes => (
          <input
            {...attributes}
            type="datetime-local"
            value={draft.since}
            onChange={event => change({ since: event.target.value })}
          />
        )}
      </FormRow>
      <FormRow
        label={texts.__('Until')}
        fault={faultText(fault, ['until', 'order'], texts)}
        help={texts.__('Empty: until now.')}
      >
        {attributes => (
          <input
            {...attributes}
            type="datetime-local"
            value={draft.until}
            onChange={event => change({ until: event.target.value })}
          />
        )}
      </FormRow>
      <FormRow label={texts.__('At a time')} fault={faultText(fault, ['active'], texts)}>
        {attributes => (
          <input
            {...attributes}
            type="text"
            inputMode="numeric"
            data-short
            value={draft.maxActive}
            onChange={event => change({ maxActive: event.target.value })}
          />
        )}
      </FormRow>
      <CheckRow label={texts.__('Latest first')} isChecked={draft.reverse} onChange={reverse => change({ reverse })} />
      {plan.problem ? <RefusalNotice refusal={plan.problem} onRetry={plan.reload} /> : null}
      <BackfillPlan plan={plan.problem ? null : shown} isOld={!isCurrent} />
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} onDismiss={acting.forgive} /> : null}
      <div className="jp-dataops-actions">
        <Button
          look="primary"
          icon="backfill"
          label={isCurrent && shown ? texts._n('Start %1 run', 'Start %1 runs', shown.wanted) : texts.__('Start')}
          reason={whyNot(isCurrent ? shown : null, texts)}
          isBusy={acting.busy !== null}
          onClick={() => void start()}
        />
        <Button look="quiet" label={texts.__('Cancel')} onClick={onClose} />
      </div>
    </form>
  );
}

function whyNot(plan: BackfillView | null, texts: Texts): string | null {
  if (plan === null) {
    return texts.__('Which fires would run is not known yet.');
  }
  return plan.wanted === 0 ? texts.__('There is nothing to run.') : null;
}

function BackfillPlan({ plan, isOld }: { plan: BackfillView | null; isOld: boolean }): JSX.Element {
  const texts = useTexts();
  const more = plan ? plan.wanted - NAMED : 0;
  return (
    <div className="jp-dataops-reading" data-old={isOld || undefined}>
      <p className="jp-dataops-reading-told" role="status">
        {plan ? sentence(plan.told) : texts.__('What would run is shown here before anything starts.')}
      </p>
      {plan && plan.fires.length > 0 ? (
        <ol className="jp-dataops-backfill-fires" aria-label={texts.__('Fires that would run')}>
          {plan.fires.slice(0, NAMED).map(({ fire_time, told }) => (
            <li key={fire_time}>{told}</li>
          ))}
          {more > 0 ? <li className="jp-dataops-faint">{texts.__('and %1 more', more)}</li> : null}
        </ol>
      ) : null}
      {plan && plan.wanted > 0 && !plan.is_served ? (
        <p className="jp-dataops-nextFires-note">
          <Icon name="problems" />
          <span>{texts.__('They wait until a scheduler runs.')}</span>
        </p>
      ) : null}
    </div>
  );
}

function faultText(fault: BackfillFault | null, of: readonly BackfillFault[], texts: Texts): string {
  if (fault === null || !of.includes(fault)) {
    return '';
  }
  switch (fault) {
    case 'since':
      return texts.__('Say from when on.');
    case 'until':
      return texts.__('This is no time.');
    case 'order':
      return texts.__('This is not after the beginning.');
    case 'active':
      return texts.__('A whole number from 1 to 999 is needed.');
  }
}
