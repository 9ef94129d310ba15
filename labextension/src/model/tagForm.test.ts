import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRAMMAR, tag } from '../testing/cells';
import { entriesOf, formOf, isFitting, NO_ROLE, problemAt, withoutTag, withRole, withValues } from './tagForm';

test('tags become a form, and the form the same tags', () => {
  const tags = [
    tag('node', 'clean'),
    tag('after', 'load'),
    tag('after', 'fetch'),
    tag('retries', '3'),
    tag(null, 'hide-input')
  ];

  const { request } = entriesOf(formOf(tags, GRAMMAR), GRAMMAR);

  assert.deepEqual(request, {
    entries: [
      { key: 'node', value: 'clean' },
      { key: 'after', value: 'load' },
      { key: 'after', value: 'fetch' },
      { key: 'retries', value: '3' }
    ],
    others: ['hide-input']
  });
});

test('tags that are not understood are kept until they are taken away', () => {
  const bad = tag(null, 'retrys:3', 'not known');
  const form = formOf([bad, tag(null, 'mine')], GRAMMAR);

  assert.deepEqual(form.broken, [bad]);
  assert.deepEqual(entriesOf(form, GRAMMAR).request.others, ['mine', 'retrys:3']);
  assert.deepEqual(entriesOf(withoutTag(form, 'retrys:3'), GRAMMAR).request.others, ['mine']);
});

test('a tag of ours with a bad value stays in its field', () => {
  const form = formOf([tag('retries', 'many', 'bad value')], GRAMMAR);

  assert.deepEqual(form.values.get('retries'), ['many']);
});

test('a second role is no option of the first', () => {
  const form = formOf([tag('node', 'a'), tag('setup')], GRAMMAR);

  assert.equal(form.role, 'node');
  assert.deepEqual(
    form.broken.map(({ text }) => text),
    ['setup']
  );
});

test('empty fields say nothing, but a role without its name does', () => {
  const form = withValues({ ...formOf([], GRAMMAR), role: 'node' }, 'after', ['load', ' ', 'fetch']);

  assert.deepEqual(entriesOf(form, GRAMMAR).request.entries, [
    { key: 'node', value: '' },
    { key: 'after', value: 'load' },
    { key: 'after', value: 'fetch' }
  ]);
});

test('a problem stands at the value that it is about', () => {
  const form = withValues({ ...formOf([], GRAMMAR), role: 'node', name: 'a' }, 'after', ['load', '', '1x']);
  const { places } = entriesOf(form, GRAMMAR);
  const problem = { index: 2, message: 'bad', hint: '' };

  assert.equal(problemAt([problem], places, 'after', 2), problem);
  assert.equal(problemAt([problem], places, 'after', 0), null);
  assert.equal(problemAt([problem], places, 'node'), null);
});

test('an option that is not given any more is gone', () => {
  const form = withValues(formOf([tag('retries', '3')], GRAMMAR), 'retries', []);

  assert.equal(form.values.has('retries'), false);
});

test('another role keeps the name where it takes one', () => {
  const form = formOf([tag('node', 'clean')], GRAMMAR);

  assert.equal(withRole(form, 'check', GRAMMAR).name, 'clean');
  assert.equal(withRole(form, 'setup', GRAMMAR).name, '');
  assert.equal(withRole(form, NO_ROLE, GRAMMAR).name, '');
});

test('options fit a node or what goes on with one, the severity only a check', () => {
  assert.deepEqual(
    ['node', 'check', NO_ROLE, 'setup'].map(role => [isFitting('after', role), isFitting('severity', role)]),
    [
      [true, false],
      [true, true],
      [true, false],
      [false, false]
    ]
  );
});
