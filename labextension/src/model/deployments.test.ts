import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDeployment, aLive, aMove, aVersion } from '../testing/deployments';
import { promotionTargets, rollbackTargets, versionBefore } from './deployments';

const VERSIONS = [3, 2, 1].map(version => aVersion(version));

test('an environment goes back to where the server says, or to any version that ever was live there', () => {
  const live = aLive('prod', 3, { previous: 2, back_to: 1 });
  const moves = [live, aMove('prod', 1, { previous: 2 }), aMove('prod', 2), aMove('dev', 3), aMove('prod', 9)];

  assert.deepEqual(rollbackTargets(aDeployment({ versions: VERSIONS, moves }), live), [1, 2]);
  assert.deepEqual(rollbackTargets(aDeployment({ versions: VERSIONS, moves: [live] }), live), [1]);
  assert.deepEqual(rollbackTargets(aDeployment({ versions: VERSIONS, moves }), { ...live, back_to: null }), [1, 2]);
});

test('a version is promoted to where another one, or none, is live', () => {
  const dev = aMove('dev', 3);

  assert.deepEqual(promotionTargets(['prod', 'staging'], [dev, aMove('prod', 3), aMove('test', 1)], dev), [
    'staging',
    'test'
  ]);
});

test('the version before is the one with the next lower number that there is', () => {
  assert.equal(versionBefore([aVersion(7), aVersion(4)], 7), 4);
  assert.equal(versionBefore([aVersion(4)], 4), null);
});
