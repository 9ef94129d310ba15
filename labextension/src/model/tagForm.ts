import type { EntryProblem, Grammar, TagEntry, TagsRequest, TagView } from '../api/wire.generated';

/** Value of the choice of a role for a cell that has none of its own: it goes on with the block above. */
export const NO_ROLE = '';

/** Tags of a cell as a form shows them. A value: what is typed makes a new one. */
export interface TagForm {
  /** Key of the tag that gives the cell its role; `NO_ROLE`: none. */
  readonly role: string;
  /** What follows its colon; empty for a bare key. */
  readonly name: string;
  /** Texts of each option that is given, by its key, in the order given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Tags of others, kept as they are. */
  readonly others: readonly string[];
  /** Tags of ours that have no field: not understood, or a second role. Kept until they are taken away. */
  readonly broken: readonly TagView[];
}

export const EMPTY_FORM: TagForm = { role: NO_ROLE, name: '', values: new Map(), others: [], broken: [] };

/** Where in the form an entry comes from, so that what is wrong with it can be said there. */
export interface Place {
  readonly key: string;
  /** Which of the values of that key; 0 for the role. */
  readonly at: number;
}

/** What is sent to be spelled, and where each entry stands. */
export interface Entries {
  readonly request: TagsRequest;
  readonly places: readonly Place[];
}

/** The form for tags that were taken apart. */
export function formOf(tags: readonly TagView[], grammar: Grammar): TagForm {
  const roles = rolesOf(grammar);
  const values = new Map<string, string[]>();
  let role = NO_ROLE;
  let name = '';
  const others: string[] = [];
  const broken: TagView[] = [];
  for (const tag of tags) {
    if (tag.key === null) {
      if (tag.problem === null) {
        others.push(tag.text);
      } else {
        broken.push(tag);
      }
    } else if (roles.has(tag.key)) {
      if (role === NO_ROLE) {
        role = tag.key;
        name = tag.value;
      } else {
        broken.push(tag);
      }
    } else {
      values.set(tag.key, [...(values.get(tag.key) ?? []), tag.value]);
    }
  }
  return { role, name, values, others, broken };
}

/** What the form says, in the order of its fields. Empty texts say nothing; but a role that takes a name has to have one. */
export function entriesOf(form: TagForm, grammar: Grammar): Entries {
  const entries: TagEntry[] = [];
  const places: Place[] = [];
  const add = (key: string, value: string, at: number): void => {
    entries.push({ key, value });
    places.push({ key, at });
  };
  if (form.role !== NO_ROLE) {
    add(form.role, form.name.trim(), 0);
  }
  for (const row of grammar.rows) {
    (form.values.get(row.key) ?? []).forEach((value, at) => {
      if (row.takes === null || value.trim() !== '') {
        add(row.key, value.trim(), at);
      }
    });
  }
  return { request: { entries, others: [...form.others, ...form.broken.map(tag => tag.text)] }, places };
}

/** What is wrong at a place of the form. */
export function problemAt(
  problems: readonly EntryProblem[],
  places: readonly Place[],
  key: string,
  at = 0
): EntryProblem | null {
  return problems.find(({ index }) => places[index]?.key === key && places[index].at === at) ?? null;
}

/** The form with other texts for one option; empty where it is not given any more. */
export function withValues(form: TagForm, key: string, texts: readonly string[]): TagForm {
  const values = new Map(form.values);
  if (texts.length > 0) {
    values.set(key, texts);
  } else {
    values.delete(key);
  }
  return { ...form, values };
}

/** The form with another role; its name stays where the new one takes one too. */
export function withRole(form: TagForm, role: string, grammar: Grammar): TagForm {
  const takesName = grammar.rows.some(row => row.key === role && row.takes !== null);
  return { ...form, role, name: takesName ? form.name : '' };
}

/** The form without one of the tags that are not understood. */
export function withoutTag(form: TagForm, text: string): TagForm {
  return {
    ...form,
    others: form.others.filter(other => other !== text),
    broken: form.broken.filter(tag => tag.text !== text)
  };
}

/** Whether an option says something about a cell of that role: setup and parameters have none. */
export function isFitting(key: string, role: string): boolean {
  return key === 'severity' ? role === 'check' : role === 'node' || role === 'check' || role === NO_ROLE;
}

function rolesOf(grammar: Grammar): Set<string> {
  return new Set(grammar.rows.filter(row => row.role !== null).map(row => row.key));
}
