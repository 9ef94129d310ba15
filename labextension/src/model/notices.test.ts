import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunState, RunSummary } from '../api/wire.generated';
import { aRun } from '../testing/builders';
import { Notices } from './notices';
import type { Settings } from './settings';

const OPEN = 'flights.ipynb';

function rules(scope: Settings['notifications'] = 'open') {
  return { scope, isOpen: (path: string) => path === OPEN };
}

function run(state: RunState, path: string | null = OPEN): RunSummary {
  return aRun('r1', { state, path });
}

function kinds(
  notices: Notices,
  states: readonly RunState[],
  scope?: Settings['notifications'],
  path = OPEN
): string[] {
  return states.flatMap(state => notices.after([run(state, path)], rules(scope)).map(({ kind }) => kind));
}

test('a run of an open notebook is told of once, then its progress, then its end', () => {
  assert.deepEqual(kinds(new Notices(), ['queued', 'running', 'running', 'succeeded']), [
    'begun',
    'progress',
    'progress',
    'ended'
  ]);
});

test('a run that had ended before it was seen is not told of, however often it is looked at', () => {
  assert.deepEqual(kinds(new Notices(), ['failed', 'failed']), []);
});

test('how a run ended is told once', () => {
  assert.deepEqual(kinds(new Notices(), ['running', 'failed', 'failed']), ['begun', 'ended']);
});

test('a run that is resumed after its end is told of again', () => {
  assert.deepEqual(kinds(new Notices(), ['running', 'crashed', 'running', 'succeeded']), [
    'begun',
    'ended',
    'begun',
    'ended'
  ]);
});

test('a run of a notebook that is not open is told of only where all are, or where it was started here', () => {
  const states: RunState[] = ['running', 'succeeded'];
  assert.deepEqual(kinds(new Notices(), states, 'open', 'other.ipynb'), []);
  assert.deepEqual(kinds(new Notices(), states, 'all', 'other.ipynb'), ['begun', 'ended']);

  const notices = new Notices();
  notices.start(run('queued', 'other.ipynb'));
  assert.deepEqual(kinds(notices, states, 'open', 'other.ipynb'), ['begun', 'ended']);
});

test('whether it is told of does not change when the notebook is closed meanwhile', () => {
  const notices = new Notices();
  notices.after([run('running')], rules());

  const told = notices.after([run('succeeded')], { scope: 'open', isOpen: () => false });

  assert.deepEqual(
    told.map(({ kind }) => kind),
    ['ended']
  );
});

test('where only failures are told of, nothing else is', () => {
  assert.deepEqual(kinds(new Notices(), ['running', 'succeeded'], 'failures'), []);
  assert.deepEqual(kinds(new Notices(), ['running', 'failed'], 'failures'), ['ended']);
});

test('where nothing is told of, nothing is', () => {
  assert.deepEqual(kinds(new Notices(), ['running', 'failed'], 'none'), []);
});

test('after a reload, a run that goes on is told of once more, and one that has ended meanwhile once', () => {
  const before = new Notices();
  before.after([run('running')], rules());
  assert.deepEqual(before.going, ['r1']);

  assert.deepEqual(kinds(new Notices(before.going), ['running', 'succeeded']), ['begun', 'ended']);
  const after = new Notices(before.going);
  assert.deepEqual(kinds(after, ['failed', 'failed']), ['ended']);
  assert.deepEqual(after.going, []);
});
