import type { JSX } from 'react';
import type { Catchup, Overlap } from '../../api/wire.generated';
import { isUnusual } from '../../model/schedulePolicy';
import { useTexts } from '../context';
import { FormFold } from '../forms/FormFold';
import { CheckRow, FormRow } from '../forms/FormRow';
import { TextField } from '../forms/TextField';
import type { PolicyFieldsProps } from './LimitFields';
import { catchupWords, overlapWords } from './words';

const OVERLAPS: readonly Overlap[] = [
  'skip',
  'buffer_one',
  'buffer_all',
  'cancel_other',
  'terminate_other',
  'allow_all'
];
const CATCHUPS: readonly Catchup[] = ['latest', 'none', 'all'];

/** What to do when time goes wrong. */
export function MoreFields({
  draft,
  faultAt,
  isNew,
  onChange
}: PolicyFieldsProps & { readonly isNew: boolean }): JSX.Element {
  const texts = useTexts();
  return (
    <FormFold
      title={texts.__('More')}
      summary={texts.__('overlap, catch-up, lateness, jitter')}
      isBad={(['catchupMax', 'grace', 'jitter'] as const).some(field => faultAt(field) !== '')}
      isOpen={isUnusual(draft)}
    >
      <FormRow
        label={texts.__('While one runs')}
        help={texts.__('What becomes of a fire while an earlier run is active.')}
      >
        {attributes => (
          <select
            {...attributes}
            value={draft.overlap}
            onChange={event => onChange({ overlap: event.target.value as Overlap })}
          >
            {OVERLAPS.map(key => (
              <option key={key} value={key}>
                {overlapWords(key, texts)}
              </option>
            ))}
          </select>
        )}
      </FormRow>
      <FormRow
        label={texts.__('Catch up')}
        fault={faultAt('catchupMax')}
        help={texts.__('Which of the fires that came due while nothing was there to start them still run.')}
      >
        {attributes => (
          <>
            <select
              {...attributes}
              value={draft.catchup}
              onChange={event => onChange({ catchup: event.target.value as Catchup })}
            >
              {CATCHUPS.map(key => (
                <option key={key} value={key}>
                  {catchupWords(key, texts)}
                </option>
              ))}
            </select>
            {draft.catchup === 'all' ? (
              <input
                className="jp-dataops-input"
                data-short
                type="text"
                inputMode="numeric"
                aria-label={texts.__('At most so many')}
                aria-invalid={faultAt('catchupMax') !== ''}
                value={draft.catchupMax}
                onChange={event => onChange({ catchupMax: event.target.value })}
              />
            ) : null}
          </>
        )}
      </FormRow>
      <TextField
        label={texts.__('Missed after')}
        fault={faultAt('grace')}
        help={texts.__('A fire that is later than this is told as missed, and does not run.')}
        isShort
        value={draft.grace}
        onChange={grace => onChange({ grace })}
      />
      <TextField
        label={texts.__('Jitter')}
        fault={faultAt('jitter')}
        help={texts.__('Each fire starts up to so much later, such as 30s: not all at the same moment.')}
        isShort
        value={draft.jitter}
        onChange={jitter => onChange({ jitter })}
      />
      {isNew ? (
        <CheckRow label={texts.__('Begin paused')} isChecked={draft.paused} onChange={paused => onChange({ paused })} />
      ) : null}
    </FormFold>
  );
}
