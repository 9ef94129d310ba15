import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeRunView, NodeState } from '../api/wire.generated';
import { ENGLISH } from './texts';
import { aNodeRun, aRun, aRunView } from '../testing/builders';
import { FakeTimers } from '../testing/timers';
import { Announcer } from './announcer';
import { type RunModel, showRun } from './run';

function listen(): { announcer: Announcer; said: string[]; timers: FakeTimers } {
  const said: string[] = [];
  const timers = new FakeTimers();
  return { announcer: new Announcer(ENGLISH, timers, words => said.push(words)), said, timers };
}

function aModel(states: Readonly<Record<string, NodeState>>, run = aRun('run-1', { state: 'running' })): RunModel {
  const nodes: NodeRunView[] = Object.entries(states).map(([name, state]) => aNodeRun(name, state));
  return showRun(aRunView(nodes, { run }));
}

test('a few changes are told by name after a pause, with the run last, and the first states are no news', () => {
  const { announcer, said, timers } = listen();
  announcer.hear(aModel({ clean: 'succeeded', fit: 'running' }));
  timers.pass(3000);
  assert.deepEqual(said, []);

  announcer.hear(aModel({ clean: 'succeeded', fit: 'failed' }));
  announcer.hear(aModel({ clean: 'succeeded', fit: 'failed' }, aRun('run-1', { state: 'failed' })));
  timers.pass(2999);
  assert.deepEqual(said, []);
  timers.pass(1);

  assert.deepEqual(said, ['fit failed, run failed']);
});

test('two hundred nodes that end one after the other are told by numbers, as often as somebody can listen', () => {
  const { announcer, said, timers } = listen();
  const states: Record<string, NodeState> = {};
  for (let at = 0; at < 200; at++) {
    states[`n${at}`] = 'running';
  }
  announcer.hear(aModel(states));

  for (let at = 0; at < 200; at++) {
    states[`n${at}`] = at % 50 === 0 ? 'failed' : 'succeeded';
    announcer.hear(aModel(states));
    timers.pass(40);
  }
  timers.pass(3000);

  assert.equal(said.length, 3);
  assert.equal(said[0], '2 failed, 73 succeeded');
});

test('what is running again is no news, and another run begins anew', () => {
  const { announcer, said, timers } = listen();
  announcer.hear(aModel({ clean: 'running' }));
  announcer.hear(aModel({ clean: 'failed' }));
  announcer.hear(aModel({ clean: 'running' }));
  timers.pass(3000);
  assert.deepEqual(said, []);

  announcer.hear(aModel({ clean: 'failed' }));
  announcer.hear(aModel({ clean: 'succeeded' }, aRun('run-2')));
  timers.pass(3000);
  assert.deepEqual(said, []);
});
