import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeTimers } from '../testing/timers';
import { OperationError } from './client';
import { requestTo, RestClient } from './rest';
import { Stream } from './stream';

function clientThat(fetch: (path: string, init: RequestInit) => Promise<Response>): RestClient {
  const stream = new Stream(() => assert.fail('nothing is watched'), new FakeTimers());
  return new RestClient({ fetch }, stream);
}

function answering(status: number, body: string): RestClient {
  return clientThat(() => Promise.resolve(new Response(body, { status })));
}

async function refusalOf(client: RestClient): Promise<OperationError> {
  try {
    await client.call('get_run', { run_id: 'last' });
  } catch (error) {
    assert.ok(error instanceof OperationError);
    return error;
  }
  assert.fail('it was not refused');
}

test('fields that the route names are in the path, escaped', () => {
  const { path, init } = requestTo('get_node', { run_id: 'r1', node: 'check:score[berlin]/not null' });

  assert.equal(path, 'runs/r1/nodes/check%3Ascore%5Bberlin%5D%2Fnot%20null');
  assert.deepEqual(init, { method: 'GET' });
});

test('the other fields are in the query, those that say nothing left out', () => {
  const { path } = requestTo('get_log', { run_id: 'r1', node: 'a', attempt: 2, start: null, max_bytes: 1024 });

  assert.equal(path, 'runs/r1/nodes/a/log?attempt=2&max_bytes=1024');
});

test('what is posted is the body without what is in the path', () => {
  const { path, init } = requestTo('retry', { run_id: 'r1', nodes: ['a'], select: null });

  assert.equal(path, 'runs/r1/retry');
  assert.deepEqual(init, { method: 'POST', body: '{"nodes":["a"],"select":null}' });
});

test('the answer is what the server says', async () => {
  assert.deepEqual(await answering(200, '{"runs":[]}').call('list_runs', {}), { runs: [] });
});

test('a refusal is told as the server words it', async () => {
  const refusal = { code: 'unknown_run', message: 'No run.', where: 'r1', hint: 'Look at the list.' };

  const error = await refusalOf(answering(404, JSON.stringify(refusal)));

  assert.deepEqual([error.refusal, error.status, error.message], [refusal, 404, 'No run.']);
});

test('each answer of something else on the way has words and a hint', async () => {
  const codes: Record<number, string> = {
    401: 'not_logged_in',
    403: 'forbidden',
    404: 'no_server_extension',
    413: 'too_large',
    500: 'server_error',
    503: 'unavailable'
  };
  for (const [status, code] of Object.entries(codes)) {
    const { refusal } = await refusalOf(answering(Number(status), '<html>nginx</html>'));
    assert.equal(refusal.code, code);
    assert.ok(refusal.message && refusal.hint);
  }
});

test('an answer that is no JSON, such as the page of a proxy, is an error of the server', async () => {
  const { refusal } = await refusalOf(answering(200, '<html>Please log in</html>'));

  assert.equal(refusal.code, 'server_error');
});

test('a server that cannot be reached is told as such', async () => {
  const { refusal, status } = await refusalOf(clientThat(() => Promise.reject(new TypeError('Failed to fetch'))));

  assert.deepEqual([refusal.code, status], ['unreachable', 0]);
});

test('who aborts is told of the abort, not of the network', async () => {
  const abort = new AbortController();
  const client = clientThat(
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  );
  const answer = client.call('grammar', {}, { signal: abort.signal });

  abort.abort();

  await assert.rejects(answer, { name: 'AbortError' });
});
