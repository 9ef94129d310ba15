import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRhythm, FIRST_WHEN, RHYTHMS, triggerOf, whenOf } from './triggers';

const CHOSEN = { ...FIRST_WHEN, minute: 15, time: '07:05', weekday: 'THU', day: 31, text: 'every 15m' } as const;

test('each simple choice is a trigger, which is read as the same choice', () => {
  const texts = RHYTHMS.map(rhythm => triggerOf({ ...CHOSEN, rhythm }));

  assert.deepEqual(texts, ['15 * * * *', '5 7 * * *', '5 7 * * MON-FRI', '5 7 * * THU', '5 7 31 * *', 'every 15m']);
  assert.deepEqual(
    texts.map(text => whenOf(text).when.rhythm),
    RHYTHMS
  );
  assert.deepEqual(
    texts.map(text => triggerOf(whenOf(text).when)),
    texts
  );
});

test('a trigger as the store has it is taken apart, with its zone', () => {
  const { when, zone } = whenOf('cron 30 6 l * * tz=Europe/Berlin');

  assert.deepEqual([when.rhythm, when.day, when.time, zone], ['month', 'L', '06:30', 'Europe/Berlin']);
  assert.equal(whenOf('cron 0 6 * * 0').when.weekday, 'SUN');
  assert.equal(whenOf('cron 0 6 * * 7').when.weekday, 'SUN');
  assert.equal(whenOf('cron 0 6 * * 1').when.weekday, 'MON');
});

test('a zone that the text of a single expression says goes to its field', () => {
  const { when, zone } = whenOf('cron */5 8-18 * * MON tz=Asia/Tokyo');

  assert.deepEqual([when.rhythm, when.text, zone], ['custom', '*/5 8-18 * * MON', 'Asia/Tokyo']);
});

test('what says more than the choices can is kept as it is written', () => {
  for (const text of [
    'cron 0 6 * * * tz=UTC on_gap=skip',
    'cron 0 6 * * * tz=UTC | asset sales',
    'cron 0 6 13 * FRI'
  ]) {
    const { when } = whenOf(text);
    assert.equal(when.rhythm, 'custom');
    assert.ok(text.endsWith(when.text));
  }
});

test('a time that has not been filled in is no trigger', () => {
  assert.equal(triggerOf({ ...FIRST_WHEN, time: '' }), '');
});

test('writing it oneself begins with what was chosen', () => {
  assert.equal(chooseRhythm({ ...CHOSEN, rhythm: 'weekday' }, 'custom').text, '5 7 * * MON-FRI');
});
