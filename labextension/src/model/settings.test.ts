import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { onlyNew, DEFAULTS, readSettings } from './settings';

interface Schema {
  readonly properties: Readonly<
    Record<string, { title?: string; description?: string; default?: unknown; type?: string }>
  >;
}

const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as Schema;

test('the schema documents every setting, with the default that holds without it', () => {
  const defaults = Object.fromEntries(Object.entries(schema.properties).map(([name, row]) => [name, row.default]));

  assert.deepEqual(defaults, { ...DEFAULTS });
  // The editor of settings has no control for what has no type.
  for (const [name, { title, description, type }] of Object.entries(schema.properties)) {
    assert.ok(title && description && type, name);
  }
});

test('a value that does not fit is as if it were not there', () => {
  const settings = readSettings({ panelSide: 'top', jobs: '4', showChips: false, unheard: 1 });

  assert.deepEqual(settings, { ...DEFAULTS, showChips: false });
});

test('a setting that stays as it is undoes nothing when another one changes', () => {
  const turned: string[] = [];
  const turn = onlyNew((direction: string) => turned.push(direction));

  for (const direction of ['fit', 'fit', 'down', 'down', 'fit']) {
    turn(direction);
  }

  assert.deepEqual(turned, ['fit', 'down', 'fit']);
});
