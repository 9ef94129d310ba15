import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH, type Texts } from './texts';
import { triggerWords } from './triggerWords';

/** What `describe` of jupyter_dataops/schedules/describing.py says. */
const SAID = [
  ['cron 0 * * * * tz=UTC', 'At the start of every hour, UTC'],
  ['cron 30 * * * * tz=Europe/Berlin', 'At minute 30 of every hour, Europe/Berlin time'],
  ['cron 0 6 * * * tz=Europe/Berlin', 'At 06:00 every day, Europe/Berlin time'],
  ['cron 30 18 * * MON-FRI tz=UTC', 'At 18:30 on Monday through Friday, UTC'],
  ['cron 0 0 * * SUN tz=UTC', 'At 00:00 on Sunday, UTC'],
  ['cron 0 6 L * * tz=UTC', 'At 06:00 on the last day of every month, UTC'],
  ['every 15m', 'Every 15 minutes'],
  ['every 1d', 'Every 1 day'],
  ['every 1h', 'Every 1 hour'],
  ['every 45s', 'Every 45 seconds']
] as const;

/** Every text between signs, to see where it was made. */
const MARKED: Texts = {
  __: (text, ...values) => `«${ENGLISH.__(text, ...values)}»`,
  _p: (context, text, ...values) => `«${ENGLISH._p(context, text, ...values)}»`,
  _n: (one, many, count, ...values) => `«${ENGLISH._n(one, many, count, ...values)}»`
};

test('what the form makes is said in the language of the page, and in English as Python says it', () => {
  for (const [trigger, said] of SAID) {
    assert.equal(triggerWords(trigger, said, ENGLISH), said);
    assert.match(triggerWords(trigger, said, MARKED), /^«.*»$/, trigger);
  }
  assert.equal(triggerWords('cron 0 6 21 * * tz=UTC', '', ENGLISH), 'At 06:00 on day 21 of every month, UTC');
});

test('any other trigger is said by Python', () => {
  for (const trigger of [
    'cron */5 6 * * * tz=UTC',
    'cron 0 6 * * * tz=UTC gap=skip',
    'cron 0 6 * * * tz=UTC | asset sales',
    'every 90m',
    'every 36h',
    'every 15m from=2026-01-01T00:00:00+00:00',
    'asset sales',
    null
  ]) {
    assert.equal(triggerWords(trigger, 'as Python says', MARKED), 'as Python says', String(trigger));
  }
});
