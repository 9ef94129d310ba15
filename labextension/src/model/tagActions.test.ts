import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellView, GRAMMAR, tag } from '../testing/cells';
import { aPreview as preview } from '../testing/builders';
import { cellsToName, namesIn, nodeAbove, requestForRole, withoutOurs } from './tagActions';

const TAGS = [tag('node', 'a'), tag('retries', '3'), tag(null, 'hide-input'), tag(null, 'retrys:1', 'not known')];

test('a cell that becomes a node keeps its options and the tags of others', () => {
  assert.deepEqual(requestForRole(TAGS, GRAMMAR, 'node', 'b'), {
    entries: [
      { key: 'node', value: 'b' },
      { key: 'retries', value: '3' }
    ],
    others: ['hide-input']
  });
});

test('a cell that becomes setup has no use for options', () => {
  assert.deepEqual(requestForRole(TAGS, GRAMMAR, 'setup', ''), {
    entries: [{ key: 'setup', value: '' }],
    others: ['hide-input']
  });
});

test('without our tags a cell has those of others', () => {
  assert.deepEqual(withoutOurs(TAGS), ['hide-input']);
});

test('of selected cells the first of each row names the node', () => {
  const selected = [2, 3, 4, 7, 8].map(index => cellView(index));

  assert.deepEqual([...cellsToName(selected)], ['2', '7']);
});

test('a check is for the node that the cell belongs to, or else for the one above', () => {
  const cells = [
    cellView(0),
    cellView(1, { role: 'node', node: 'a' }),
    cellView(2, { role: 'text' }),
    cellView(3, { role: 'node', node: 'b' })
  ];
  const notebook = preview({ cells });

  assert.deepEqual(
    ['0', '1', '2', '3', 'gone'].map(id => nodeAbove(notebook, id)),
    [null, 'a', 'a', 'b', null]
  );
});

test('names for the form are those of nodes, variables and parameters, each once', () => {
  const node = {
    kind: 'node',
    description: '',
    upstream: [],
    downstream: [],
    cells: [],
    tags: [],
    checks: []
  } as const;
  const parameter = { name: 'country', default: "'de'", value: 'de', is_literal: true, type: null, help: '' };
  const nodes = [
    {
      ...node,
      name: 'load',
      reads: ['country'],
      binds: ['df'],
      upstream: [],
      downstream: [],
      cells: [],
      tags: [],
      checks: []
    },
    {
      ...node,
      name: 'clean',
      reads: ['df'],
      binds: ['clean'],
      upstream: [],
      downstream: [],
      cells: [],
      tags: [],
      checks: []
    }
  ];

  assert.deepEqual(namesIn(preview({ graph: { nodes, edges: [], checks: [] }, parameters: [parameter] })), {
    nodes: ['load', 'clean'],
    variables: ['clean', 'country', 'df']
  });
});
