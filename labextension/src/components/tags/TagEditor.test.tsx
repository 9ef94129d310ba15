import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act, fireEvent, render, waitFor } from '@testing-library/react';
import type { Tags, TagsRequest, TagView } from '../../api/wire.generated';
import { GRAMMAR, tag } from '../../testing/cells';
import { ENGLISH as texts } from '../../model/texts';
import { TagEditor } from './TagEditor';

/** An editor of `tags`, what it said last, and the way to its fields. `spell` accepts everything but the value `bad`. */
function editor(tags: readonly TagView[], isReadOnly = false) {
  const said: (readonly string[] | null)[] = [];
  const spell = ({ entries, others = [] }: TagsRequest): Promise<Tags> =>
    Promise.resolve({
      tags: [...entries.map(({ key, value }) => (value ? `${key}:${value}` : key)), ...others],
      problems: entries.flatMap(({ value }, index) =>
        value === 'bad' ? [{ index, message: 'bad value', hint: '' }] : []
      )
    });
  const view = render(
    <TagEditor
      texts={texts}
      grammar={GRAMMAR}
      tags={tags}
      suggestions={{ nodes: ['load'], variables: ['df'] }}
      isReadOnly={isReadOnly}
      spell={spell}
      onTags={now => said.push(now)}
    />
  );
  const type = (label: string, value: string) => fireEvent.change(view.getByLabelText(label), { target: { value } });
  return { ...view, type, last: () => said.at(-1) };
}

test('the tags of a cell are spelled as they were', async () => {
  const { last } = editor([tag('node', 'clean'), tag('retries', '3'), tag(null, 'hide-input')]);

  await waitFor(() => assert.deepEqual(last(), ['node:clean', 'retries:3', 'hide-input']));
});

test('what is typed is spelled, and another field is offered for another value', async () => {
  const { type, last, getByLabelText } = editor([tag('node', 'clean')]);

  type('After', 'load');
  await waitFor(() => assert.deepEqual(last(), ['node:clean', 'after:load']));
  fireEvent.change(getByLabelText('After 2'), { target: { value: 'fetch' } });

  await waitFor(() => assert.deepEqual(last(), ['node:clean', 'after:load', 'after:fetch']));
});

test('a problem stands next to its field and in the title of its group, and there are no tags', async () => {
  const { type, last, findByText, getByLabelText, getByRole } = editor([tag('node', 'clean')]);
  await waitFor(() => assert.deepEqual(last(), ['node:clean']));

  type('Retries', 'bad');
  assert.equal(last(), null);

  const problem = await findByText('Bad value.');
  const field = getByLabelText('Retries');
  assert.equal(field.getAttribute('aria-invalid'), 'true');
  assert.ok(field.getAttribute('aria-describedby')?.split(' ').includes(problem.id));
  assert.ok(getByRole('button', { name: /^Retry.*1 problem/ }));
  assert.equal(last(), null);
});

test('a group with options is unfolded, others when they are asked for', () => {
  const { getByRole } = editor([tag('node', 'clean'), tag('retries', '3')]);
  const unfolded = (name: RegExp) => getByRole('button', { name }).getAttribute('aria-expanded');

  assert.equal(unfolded(/^Retry/), 'true');
  assert.equal(unfolded(/^Dependencies/), 'false');
  act(() => getByRole('button', { name: /^Dependencies/ }).click());
  assert.equal(unfolded(/^Dependencies/), 'true');
});

test('setup has no options, but those that are given stay to be seen', async () => {
  const { type, last, queryByLabelText } = editor([tag('node', 'clean'), tag('retries', '3')]);

  type('This cell is', 'setup');

  assert.equal(queryByLabelText('After'), null);
  assert.ok(queryByLabelText('Retries'));
  await waitFor(() => assert.deepEqual(last(), ['setup', 'retries:3']));
});

test('tags that cannot be understood are shown with their problem, as text, and can be removed', async () => {
  const { last, getByRole, getByText, queryByRole } = editor([tag(null, '<img src=x>:3', 'no tag')]);

  assert.equal(getByText('<img src=x>:3').tagName, 'CODE');
  assert.equal(queryByRole('img'), null);
  act(() => getByRole('button', { name: 'Remove <img src=x>:3' }).click());

  await waitFor(() => assert.deepEqual(last(), []));
});

test('where nothing may be changed there is nothing to change', () => {
  const { getAllByRole, queryByRole } = editor(
    [tag('node', 'clean'), tag('retries', '3'), tag(null, 'x:1', 'no tag')],
    true
  );

  assert.equal(queryByRole('button', { name: /Remove/ }), null);
  for (const field of [...getAllByRole('textbox'), ...getAllByRole('combobox')]) {
    assert.equal((field as HTMLInputElement).disabled, true);
  }
});
