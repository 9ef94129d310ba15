/** Cells, tags and the tag language as the server tells them, with what a test does not care about filled in. */
import type { CellView, DiagnosticView, Grammar, TagRow, TagView } from '../api/wire.generated';

/** The cell at `index`; its id is that number. */
export function cellView(index: number, fields: Partial<CellView> = {}): CellView {
  return { id: String(index), index, role: 'setup', node: null, check: null, is_first: false, tags: [], ...fields };
}

/** A tag of ours, or with `key` null of somebody else. */
export function tag(key: string | null, value = '', problem: string | null = null): TagView {
  return { text: key === null ? value : value === '' ? key : `${key}:${value}`, key, value, problem };
}

export function diagnostic(fields: Partial<DiagnosticView> = {}): DiagnosticView {
  return {
    code: 'DO006',
    severity: 'warning',
    message: "'x' is read but never bound",
    hint: '',
    cell_id: '0',
    cell_index: 0,
    node: null,
    fixes: [],
    ...fields
  };
}

export function row(key: string, fields: Partial<TagRow> = {}): TagRow {
  return {
    key,
    meaning: `is ${key}`,
    takes: 'a text',
    role: null,
    keep: 'one',
    choices: [],
    example: 'x',
    ...fields
  };
}

/** A few rows of each kind. */
export const GRAMMAR: Grammar = {
  rows: [
    row('setup', { role: 'setup', takes: null }),
    row('node', { role: 'node', takes: 'a node name' }),
    row('check', { role: 'check', takes: 'NODE or NODE/NAME' }),
    row('skip', { role: 'skip', takes: null }),
    row('after', { keep: 'many' }),
    row('retries', { takes: 'a whole number' }),
    row('retry_jitter', { choices: ['none', 'full', 'equal'] }),
    row('severity', { choices: ['error', 'warn'] })
  ]
};
