import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aParameter } from '../testing/builders';
import { formatLiteral, LiteralError, parseLiteral } from './literals';
import { fieldOf, formatParameters, initialText, parseField, readForm, textOf } from './parameters';

const python = (source: string, value: unknown, type: string | null = null) =>
  fieldOf(aParameter('x', value, { default: source, type }));

test('the kind of a field follows from the annotation, or else from the default', () => {
  const kinds = [
    python('1', 1),
    python('1.0', 1),
    python('1e3', 1000),
    python('True', true),
    python("'de'", 'de'),
    python('[1]', [1]),
    python("{'a': 1}", { a: 1 }),
    python('None', null),
    python('1', 1, 'float'),
    python('()', [], 'tuple[int, ...]'),
    python('None', null, 'Optional[int]'),
    python('None', null, 'str | None'),
    python('1', 1, 'int | str'),
    python("Path('x')", null, 'Path')
  ].map(field => field.kind);

  assert.deepEqual(kinds, [
    'int',
    'float',
    'float',
    'bool',
    'str',
    'list',
    'dict',
    'any',
    'float',
    'list',
    'int',
    'str',
    'any',
    'any'
  ]);
});

test('None is a value where the type or the default says so', () => {
  assert.equal(python('None', null, 'int | None').isOptional, true);
  assert.equal(python('3', 3, 'Optional[int]').isOptional, true);
  assert.equal(python('3', 3, 'int').isOptional, false);
});

test('a text in the field is the text; of anything else the source stands in the field', () => {
  assert.equal(initialText(python("'it\\'s'", "it's")), "it's");
  assert.equal(initialText(python("['a']", ['a'])), "['a']");
  assert.equal(initialText(fieldOf(aParameter('x', null, { default: 'now()', is_literal: false }))), '');
  assert.equal(textOf(python('[1]', [1]), ['a', null, true]), '["a", None, True]');
});

test('what is typed becomes a value', () => {
  assert.deepEqual(parseField(python('1', 1), ' 1_000 '), { value: 1000 });
  assert.deepEqual(parseField(python('1.5', 1.5), '-2e3'), { value: -2000 });
  assert.deepEqual(parseField(python('True', true), 'false'), { value: false });
  assert.deepEqual(parseField(python("'a'", 'a'), ' b '), { value: ' b ' });
  assert.deepEqual(parseField(python("'a'", 'a', 'str | None'), 'None'), { value: null });
  assert.deepEqual(parseField(python('[]', []), "['de', (1, None)]"), { value: ['de', [1, null]] });
  assert.deepEqual(parseField(python('{}', {}), '{"a": {\'b\': True}}'), { value: { a: { b: true } } });
  assert.deepEqual(parseField(python('None', null), 'some words'), { value: 'some words' });
  assert.deepEqual(parseField(python('None', null), '12'), { value: 12 });
});

test('what is no value is told apart', () => {
  assert.deepEqual(parseField(python('1', 1), '1.5'), { fault: 'whole_number' });
  assert.deepEqual(parseField(python('1', 1), ''), { fault: 'whole_number' });
  assert.deepEqual(parseField(python('1.5', 1.5), 'a'), { fault: 'number' });
  assert.deepEqual(parseField(python('True', true), '1'), { fault: 'truth' });
  assert.deepEqual(parseField(python('[]', []), '[1, oops]'), { fault: 'list', at: 4 });
  assert.deepEqual(parseField(python('[]', []), '{}'), { fault: 'list' });
  assert.deepEqual(parseField(python('{}', {}), '{1: 2}'), { fault: 'dict', at: 2 });
  assert.deepEqual(parseField(python('None', null, 'int | str'), '[1'), { fault: 'literal', at: 2 });
});

test('only what differs from the defaults is sent', () => {
  const fields = [aParameter('year', 2024), aParameter('country', 'de'), aParameter('rate', 1)].map(fieldOf);

  const { values, faults } = readForm(fields, { year: '2025', country: 'de', rate: 'x', gone: '1' });

  assert.deepEqual(values, { year: 2025 });
  assert.deepEqual([...faults.keys()], ['rate']);
});

test('literals of Python are read and written', () => {
  for (const [source, value] of [
    ["'a\\n\\u00e9'", 'a\né'],
    ['"it\'s"', "it's"],
    ['-1.5e-3', -0.0015],
    ['[]', []],
    ['[1, 2,]', [1, 2]],
    ['null', null]
  ] as const) {
    assert.deepEqual(parseLiteral(source), value, source);
  }
  for (const source of ['', '[1 2]', "'a", '{', 'nan', '1 2', 'constructor']) {
    assert.throws(() => parseLiteral(source), LiteralError, source);
  }
  const value = { a: [1, 'x"y', null, true], b: {} };
  assert.deepEqual(parseLiteral(formatLiteral(value)), value);
  assert.equal(formatParameters({ country: 'de', limit: 10 }), 'country="de", limit=10');
});
