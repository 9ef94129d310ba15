import { type JSX, useId } from 'react';
import {
  chooseRhythm,
  type DayOfMonth,
  RHYTHMS,
  type Rhythm,
  triggerOf,
  WEEKDAYS,
  type Weekday,
  type When
} from '../../model/triggers';
import { weekdayWords } from '../../model/triggerWords';
import { useTexts } from '../context';
import { FormRow } from '../forms/FormRow';
import { TextField } from '../forms/TextField';
import { rhythmWords } from './words';

interface WhenFieldProps {
  readonly when: When;
  readonly fault: string;
  readonly onWhen: (when: When) => void;
}

const DAYS: readonly DayOfMonth[] = [...Array.from({ length: 31 }, (_, index) => index + 1), 'L'];

/** When to run: one of a few choices, or what one writes oneself. */
export function WhenField({ when, fault, onWhen }: WhenFieldProps): JSX.Element {
  const texts = useTexts();
  const id = useId();
  const { rhythm } = when;
  const change = (part: Partial<When>) => onWhen({ ...when, ...part });
  const isCustom = rhythm === 'custom';
  return (
    <>
      <FormRow label={texts.__('Runs')} fault={isCustom ? '' : fault}>
        {attributes => (
          <>
            <select
              {...attributes}
              data-fits
              value={rhythm}
              onChange={event => onWhen(chooseRhythm(when, event.target.value as Rhythm))}
            >
              {RHYTHMS.map(key => (
                <option key={key} value={key}>
                  {rhythmWords(key, texts)}
                </option>
              ))}
            </select>
            {rhythm === 'week' ? (
              <Choice
                before={texts.__('on')}
                label={texts.__('Day of the week')}
                value={when.weekday}
                options={WEEKDAYS.map(day => [day, weekdayWords(day, texts)])}
                onChoose={day => change({ weekday: day as Weekday })}
              />
            ) : null}
            {rhythm === 'month' ? (
              <Choice
                before={texts.__('on day')}
                label={texts.__('Day of the month')}
                value={String(when.day)}
                options={DAYS.map(day => [String(day), day === 'L' ? texts.__('last') : String(day)])}
                onChoose={day => change({ day: day === 'L' ? 'L' : Number(day) })}
              />
            ) : null}
            {rhythm === 'hour' ? (
              <Choice
                before={texts.__('at minute')}
                label={texts.__('Minute')}
                value={String(when.minute)}
                options={Array.from({ length: 60 }, (_, minute) => [String(minute), String(minute).padStart(2, '0')])}
                onChoose={minute => change({ minute: Number(minute) })}
              />
            ) : null}
            {isCustom || rhythm === 'hour' ? null : (
              <>
                <label htmlFor={`${id}-time`}>{texts.__('at')}</label>
                <input
                  id={`${id}-time`}
                  type="time"
                  className="jp-dataops-input"
                  data-fits
                  aria-label={texts.__('Time of day')}
                  value={when.time}
                  onChange={event => change({ time: event.target.value })}
                />
              </>
            )}
            {isCustom ? null : <code className="jp-dataops-code jp-dataops-faint">{triggerOf(when)}</code>}
          </>
        )}
      </FormRow>
      {isCustom ? (
        <TextField
          label={texts.__('Trigger')}
          fault={fault}
          help={texts.__('Such as 0 6 * * MON-FRI, every 15m, file in/*.csv, asset sales; | means or, & means and.')}
          value={when.text}
          isCode
          onChange={text => change({ text })}
        />
      ) : null}
    </>
  );
}

interface ChoiceProps {
  readonly before: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}

function Choice({ before, label, value, options, onChoose }: ChoiceProps): JSX.Element {
  return (
    <>
      <span aria-hidden="true">{before}</span>
      <select
        className="jp-dataops-input"
        data-fits
        aria-label={label}
        value={value}
        onChange={event => onChoose(event.target.value)}
      >
        {options.map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
    </>
  );
}
