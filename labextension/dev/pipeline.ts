import type * as wire from '../src/api/wire.generated';
import { aNode, aParameter, aPreview } from '../src/testing/builders';

const DATA: readonly (readonly [string, string, string])[] = [
  ['load_flights', 'clean_flights', 'flights'],
  ['load_weather', 'clean_weather', 'weather'],
  ['load_airports', 'join', 'airports'],
  ['clean_flights', 'join', 'flights'],
  ['clean_weather', 'join', 'weather'],
  ['join', 'features', 'joined'],
  ['features', 'split', 'table'],
  ['split', 'train', 'train_set'],
  ['train', 'evaluate', 'models'],
  ['split', 'evaluate', 'test_set'],
  ['evaluate', 'report', 'scores'],
  ['evaluate', 'publish', 'best']
];

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  load_flights: 'Flights of one year, from the archive of the ministry.',
  clean_flights: 'Cancelled flights leave; delays in minutes.',
  train: 'One model for each kind in models.',
  evaluate: 'Mean absolute error on the last month.'
};

const NAMES = [...new Set(DATA.flatMap(([source, target]) => [source, target]))];
const ORDER = ['load_flights', 'load_weather', 'load_airports', ...NAMES.filter(name => !name.startsWith('load_'))];

export const CHECKS: wire.CheckView[] = [
  { name: 'check:clean_flights/no_nulls', node: 'clean_flights', check: 'no_nulls', severity: 'error', cells: ['c1'] },
  { name: 'check:join/row_count', node: 'join', check: 'row_count', severity: 'warn', cells: ['c2'] },
  { name: 'check:features/in_range', node: 'features', check: 'in_range', severity: 'error', cells: ['c3'] }
];

export const GRAPH: wire.GraphView = {
  nodes: ORDER.map(name =>
    aNode(name, {
      kind: name === 'train' ? 'each' : 'node',
      description: DESCRIPTIONS[name] ?? '',
      upstream: DATA.filter(([, target]) => target === name).map(([source]) => source),
      downstream: DATA.filter(([source]) => source === name).map(([, target]) => target),
      reads: DATA.filter(([, target]) => target === name).map(([, , value]) => value),
      binds: [...new Set(DATA.filter(([source]) => source === name).map(([, , value]) => value))],
      tags: [`node:${name}`, ...(name === 'train' ? ['each:model=models', 'retries:2'] : [])],
      checks: CHECKS.filter(check => check.node === name).map(check => check.name)
    })
  ),
  edges: DATA.map(([source, target, value]) => ({ source, target, names: [value], kind: 'data' as const })),
  checks: CHECKS
};

export const PARAMETERS: wire.ParameterView[] = [
  aParameter('year', 2024, { type: 'int', help: 'Year of the flights that are read.' }),
  aParameter('country', 'de', { default: "'de'", type: 'str', help: 'Code of the country, two letters.' }),
  aParameter('threshold', 0.15, { default: '0.15', type: 'float' }),
  aParameter('with_weather', true, { default: 'True', type: 'bool', help: 'Join the weather at departure.' }),
  aParameter('models', ['linear', 'forest', 'boosted'], {
    default: "['linear', 'forest', 'boosted']",
    type: 'list[str]'
  }),
  aParameter('options', { depth: 6 }, { default: "{'depth': 6}", type: 'dict' }),
  aParameter('sample', null, { default: 'None', type: 'int | None', help: 'So many rows only; None: all.' })
];

export const DIAGNOSTICS: wire.DiagnosticView[] = [
  {
    code: 'DO008',
    severity: 'warning',
    message: 'Cell 9 runs %%bash, so what it reads and writes is not known.',
    hint: 'Say it with in: and out: tags.',
    cell_id: 'cell-publish',
    cell_index: 8,
    node: 'publish',
    fixes: []
  },
  {
    code: 'DO002',
    severity: 'error',
    message: 'after:claen names no node.',
    hint: 'Did you mean clean_flights?',
    cell_id: 'cell-join',
    cell_index: 6,
    node: 'join',
    fixes: [{ title: 'Change to after:clean_flights', changes: [{ cell_id: 'cell-join', tags: ['node:join'] }] }]
  },
  {
    code: 'DO016',
    severity: 'info',
    message: 'Cell 3 has the absolute path /data/flights.',
    hint: 'A parameter makes the notebook work on other machines.',
    cell_id: 'cell-load_flights',
    cell_index: 2,
    node: 'load_flights',
    fixes: []
  }
];

export const PREVIEW = aPreview({ graph: GRAPH, parameters: PARAMETERS, path: 'flights.ipynb', name: 'flights' });

/** A pipeline of `count` nodes in layers, for measuring. */
export function bigGraph(count: number): wire.GraphView {
  const width = 20;
  const name = (index: number) => `node_${String(index).padStart(4, '0')}`;
  const edges = Array.from({ length: count }, (_, index) => index)
    .filter(index => index >= width)
    .flatMap(index => [index - width, index - width + ((index * 7) % 3)].map(from => [from, index] as const))
    .filter(([from, to]) => from !== to && from < to)
    .map(([from, to]) => ({ source: name(from), target: name(to), names: ['x'], kind: 'data' as const }));
  return {
    nodes: Array.from({ length: count }, (_, index) => aNode(name(index))),
    edges: edges.filter(
      (edge, at) => edges.findIndex(e => e.source === edge.source && e.target === edge.target) === at
    ),
    checks: []
  };
}
