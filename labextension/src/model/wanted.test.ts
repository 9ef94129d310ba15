import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../testing/timers';
import { Wanted } from './wanted';

/** Drawn anew with each thing told, as a widget is. */
function drawn(ask: () => Promise<string>) {
  const told = { asks: 0, draws: 0, seen: null as string | null };
  const wanted: Wanted<string> = new Wanted(
    () => {
      told.asks += 1;
      return ask();
    },
    () => draw()
  );
  const draw = () => {
    told.draws += 1;
    told.seen = wanted.want();
  };
  return { wanted, told, draw };
}

test('it is asked for once, when somebody looks', async () => {
  const { told, draw } = drawn(() => Promise.resolve('grammar'));
  await settled();
  assert.equal(told.asks, 0);

  draw();
  draw();
  await settled();

  assert.deepEqual(told, { asks: 1, draws: 3, seen: 'grammar' });
});

test('what was refused is not asked for again by whoever draws the refusal', async () => {
  const refusal = new Error('no');
  const { wanted, told, draw } = drawn(() => new Promise((_, reject) => setImmediate(reject, refusal)));

  draw();
  for (let turn = 0; turn < 5; turn++) {
    await settled();
  }

  assert.deepEqual(told, { asks: 1, draws: 2, seen: null });
  assert.equal(wanted.problem, refusal);
  wanted.forgive();
  draw();
  assert.equal(told.asks, 2);
  await settled();
});
