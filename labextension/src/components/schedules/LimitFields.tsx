import type { FormEvent, JSX } from 'react';
import { browserZone, formatAgo, formatUntil } from '../../model/moments';
import type { ScheduleDraft, ScheduleField } from '../../model/scheduleForm';
import { limitsSet, NO_TIME } from '../../model/schedulePolicy';
import type { Texts } from '../../model/texts';
import { formatIn, instantIn, knownZone } from '../../model/zones';
import { useTexts } from '../context';
import { FormFold } from '../forms/FormFold';
import { FormRow } from '../forms/FormRow';
import { useMinute } from '../useMinute';

export interface PolicyFieldsProps {
  readonly draft: ScheduleDraft;
  /** What is wrong with a field, in words; empty: nothing is. */
  readonly faultAt: (field: ScheduleField) => string;
  readonly onChange: (part: Partial<ScheduleDraft>) => void;
}

/** From when on, until when and how often. */
export function LimitFields({ draft, faultAt, onChange }: PolicyFieldsProps): JSX.Element {
  const texts = useTexts();
  const zone = knownZone(draft.zone);
  const set = limitsSet(draft);
  return (
    <FormFold
      title={texts.__('Limits')}
      summary={set === 0 ? texts.__('from now on, without end') : texts._n('%1 is set', '%1 are set', set)}
      isBad={(['startsAt', 'endsAt', 'maxRuns'] as const).some(field => faultAt(field) !== '')}
      isOpen={set > 0}
    >
      <MomentField
        label={texts.__('Not before')}
        fault={faultAt('startsAt')}
        help={texts.__('By the clocks of %1; empty: from now on.', zone)}
        value={draft.startsAt}
        zone={zone}
        onChange={startsAt => onChange({ startsAt })}
      />
      <MomentField
        label={texts.__('Until')}
        fault={faultAt('endsAt')}
        help={texts.__('By the clocks of %1; from then on nothing fires.', zone)}
        value={draft.endsAt}
        zone={zone}
        onChange={endsAt => onChange({ endsAt })}
      />
      <FormRow
        label={texts.__('At most')}
        fault={faultAt('maxRuns')}
        help={texts.__('After so many runs in all it is over; empty: it goes on.')}
      >
        {attributes => (
          <>
            <input
              {...attributes}
              data-short
              type="text"
              inputMode="numeric"
              autoComplete="off"
              value={draft.maxRuns}
              onChange={event => onChange({ maxRuns: event.target.value })}
            />
            <span>{texts.__('runs')}</span>
          </>
        )}
      </FormRow>
    </FormFold>
  );
}

interface MomentFieldProps {
  readonly label: string;
  readonly fault: string;
  /** While nothing is typed; else stands there what is. */
  readonly help: string;
  readonly value: string;
  readonly zone: string;
  readonly onChange: (value: string) => void;
}

/** A time by the clocks of a zone, and below it which one that is. */
function MomentField({ label, fault, help, value, zone, onChange }: MomentFieldProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  // Half a time has no value, and changes none: it is seen by looking.
  const look = ({ currentTarget }: FormEvent<HTMLInputElement>) => {
    const said = currentTarget.value === '' && currentTarget.validity.badInput ? NO_TIME : currentTarget.value;
    if (said !== value) {
      onChange(said);
    }
  };
  const iso = instantIn(value, zone);
  return (
    <FormRow label={label} fault={fault} help={iso === null ? help : meaningOf(iso, zone, now, texts)}>
      {attributes => (
        <input
          {...attributes}
          data-fits
          type="datetime-local"
          min="1970-01-01T00:00"
          max="2199-12-31T00:00"
          value={value === NO_TIME ? '' : value}
          onChange={look}
          onKeyUp={look}
          onBlur={look}
        />
      )}
    </FormRow>
  );
}

/** With the day and the offset, how far away it is, and what the user's own clock shows then. */
function meaningOf(iso: string, zone: string, now: number, texts: Texts): string {
  const own = browserZone();
  const isPast = Date.parse(iso) <= now;
  return [
    formatIn(iso, zone),
    isPast ? formatAgo(iso, now, texts) : formatUntil(iso, now, texts),
    formatIn(iso, own) === formatIn(iso, zone) ? '' : texts.__('your time: %1', formatIn(iso, own))
  ]
    .filter(Boolean)
    .join(' · ');
}
