import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent } from '@testing-library/react';
import type { LogChunk } from '../../api/wire.generated';
import { aLog } from '../../testing/builders';
import { openDetails } from '../../testing/details';
import { promised } from '../../testing/promised';
import { settled } from '../../testing/view';

test('the log is searched, and matches are gone through', async () => {
  const { findByText, getByRole } = await openDetails(
    'log',
    {},
    { get_log: () => aLog(['begin', 'error one', 'fine', 'error two']) }
  );
  await findByText('begin');

  const box = getByRole('searchbox', { name: 'Search the log' });
  fireEvent.change(box, { target: { value: 'ERROR' } });
  await findByText('1 of 2');
  fireEvent.keyDown(box, { key: 'Enter' });

  await findByText('2 of 2');
  assert.equal(document.querySelector('mark[data-current]')?.parentElement?.textContent, 'error two');
  fireEvent.keyDown(box, { key: 'Enter' });
  await findByText('1 of 2');
});

test('a log that grows is followed from where it was read, and nothing is shown twice', async () => {
  const { client, findByText, getByRole } = await openDetails(
    'log',
    {},
    { get_log: () => aLog(['one'], { is_complete: false, next: 50, size: 50 }) }
  );
  await findByText('one');
  const watch = client.watches.find(({ request }) => request.op === 'watch_log');
  assert.deepEqual(watch?.request, { op: 'watch_log', run_id: 'run-1', node: 'clean', attempt: 2, start: 50 });

  const grown = aLog(['two'], { start: 50, next: 80, size: 80 });
  await settled(() => client.tell('watch_log', { kind: 'log', chunk: grown }));
  await settled(() => client.tell('watch_log', { kind: 'log', chunk: grown }));
  await findByText('two');

  assert.equal(getByRole('log').textContent, 'onetwo');
});

const KB = 1000;

test('the end of a long log is shown before the rest of its window is read; what is above comes when asked for', async () => {
  const asked: unknown[] = [];
  const rest = promised<LogChunk>();
  const { findByText, findByRole, queryByRole, queryByText } = await openDetails(
    'log',
    {},
    {
      get_log: ({ start, max_bytes }) => {
        asked.push([start, max_bytes]);
        const size = 6_000 * KB;
        if (start === null) {
          return aLog(['last'], { start: 5_750 * KB, next: size, size });
        }
        return start === 2_000 * KB ? rest.promise : aLog(['first'], { start: 0, next: 2_000 * KB, size });
      }
    }
  );
  await findByText('last');
  await findByRole('button', { name: 'Loading…' });
  assert.equal(queryByText('amid'), null);

  rest.resolve(aLog(['amid'], { start: 2_000 * KB, next: 5_750 * KB, size: 6_000 * KB }));
  await findByText('amid');
  fireEvent.click(await findByRole('button', { name: /Load earlier lines \(2.0 MB more\)/ }));
  await findByText('first');

  assert.deepEqual(asked, [
    [null, 250 * KB],
    [2_000 * KB, 3_750 * KB],
    [0, 2_000 * KB]
  ]);
  assert.equal(queryByRole('button', { name: /Load earlier/ }), null);
  await findByText('last');
});

test('a log whose beginning cannot be read shows its end, and says so', async () => {
  const { findByText, findByRole } = await openDetails(
    'log',
    {},
    {
      get_log: ({ start }) => {
        if (start === null) {
          return aLog(['last'], { start: 5_000, next: 6_000, size: 6_000 });
        }
        throw new Error('The disk is slow.');
      }
    }
  );
  await findByText('last');
  await findByText('The disk is slow.');
  await findByRole('button', { name: 'Try again' });
});

test('a log that cannot be read says so, and can be tried again', async () => {
  let tries = 0;
  const { findByText, getByRole } = await openDetails(
    'log',
    {},
    {
      get_log: () => {
        tries += 1;
        if (tries === 1) {
          throw new Error('The log is not there.');
        }
        return aLog(['there']);
      }
    }
  );
  await findByText('The log is not there.');

  fireEvent.click(getByRole('button', { name: 'Try again' }));

  await findByText('there');
});

test('a log that is tried again is followed once, from where it was read', async () => {
  const { client, findByText, getByRole } = await openDetails(
    'log',
    {},
    { get_log: () => aLog(['one'], { is_complete: false, next: 50, size: 50 }) }
  );
  await findByText('one');
  const late = aLog(['late'], { start: 10, next: 90, size: 90 });
  await settled(() => {
    const error = { code: 'unexpected', message: 'The log moved.', where: '', hint: '' };
    client.tell('watch_log', { kind: 'error', error });
  });
  await findByText('The log moved.');

  // Told before the log is read anew, and drawn after: what it has is in there by then.
  await settled(() => {
    client.tell('watch_log', { kind: 'log', chunk: late });
    fireEvent.click(getByRole('button', { name: 'Try again' }));
  });
  await settled();

  assert.equal(client.watches.filter(({ request }) => request.op === 'watch_log').length, 1);
  await settled(() =>
    client.tell('watch_log', { kind: 'log', chunk: aLog(['two'], { start: 50, next: 80, size: 80 }) })
  );
  await findByText('two');
  assert.equal(getByRole('log').textContent, 'onetwo');
});
