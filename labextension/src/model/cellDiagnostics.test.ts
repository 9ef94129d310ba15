import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellView, diagnostic, tag } from '../testing/cells';
import { aPreview as preview } from '../testing/builders';
import { diagnosticKey, diagnosticsOf, SETTLED_AFTER_MS, Settling } from './cellDiagnostics';

const NONE = new Set<string>();

test('what is wrong stands at its cell, the gravest first, in the order given', () => {
  const diagnostics = [
    diagnostic({ code: 'DO009', severity: 'info' }),
    diagnostic({ code: 'DO001', severity: 'error' }),
    diagnostic({ code: 'DO002', severity: 'error' }),
    diagnostic({ code: 'DO003', cell_id: '1' }),
    diagnostic({ code: 'DO004', cell_id: null })
  ];

  const found = diagnosticsOf(preview({ diagnostics }), NONE);

  assert.deepEqual(
    [...found].map(([cell, list]) => [cell, list.map(({ code }) => code)]),
    [
      ['0', ['DO001', 'DO002', 'DO009']],
      ['1', ['DO003']]
    ]
  );
});

test('what was hidden stays so, and the rest of the cell is shown', () => {
  const hidden = diagnostic({ code: 'DO001' });
  const other = diagnostic({ code: 'DO002' });

  const found = diagnosticsOf(preview({ diagnostics: [hidden, other] }), new Set([diagnosticKey(hidden)]));

  assert.deepEqual(found.get('0'), [other]);
});

test('a notebook without nodes is only told of its tags', () => {
  const cells = [cellView(0), cellView(1, { tags: [tag('timeout', 'soon', 'bad value')] })];
  const diagnostics = [diagnostic({ cell_id: '0' }), diagnostic({ cell_id: '1' })];

  const found = diagnosticsOf(preview({ is_pipeline: false, cells, diagnostics }), NONE);

  assert.deepEqual([...found.keys()], ['1']);
});

test('a cell has settled when it was left alone for a while', () => {
  const settling = new Settling();
  settling.touch('a', 1000);

  assert.equal(settling.isSettled('b', 1000), true);
  assert.equal(settling.isSettled('a', 1000 + SETTLED_AFTER_MS - 1), false);
  assert.equal(settling.isSettled('a', 1000 + SETTLED_AFTER_MS), true);
});

test('a cell that the cursor leaves has settled at once', () => {
  const settling = new Settling();
  settling.touch('a', 1000);

  assert.equal(settling.leave('a'), true);
  assert.equal(settling.isSettled('a', 1001), true);
  assert.equal(settling.leave('a'), false);
});
