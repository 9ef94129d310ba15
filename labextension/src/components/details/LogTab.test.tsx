import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent } from '@testing-library/react';
import { aLog } from '../../testing/builders';
import { openDetails } from '../../testing/details';
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

test('what is above the first window is loaded when asked for', async () => {
  const asked: unknown[] = [];
  const { findByText, findByRole, queryByRole } = await openDetails(
    'log',
    {},
    {
      get_log: ({ start, max_bytes }) => {
        asked.push([start, max_bytes]);
        return start === null
          ? aLog(['last'], { start: 5000, next: 6000, size: 6000 })
          : aLog(['first'], { start: 0, next: 5000, size: 6000 });
      }
    }
  );

  fireEvent.click(await findByRole('button', { name: /Load earlier lines \(5.0 kB more\)/ }));
  await findByText('first');

  assert.deepEqual(asked[1], [0, 5000]);
  assert.equal(queryByRole('button', { name: /Load earlier/ }), null);
  await findByText('last');
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
