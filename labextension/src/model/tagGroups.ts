import type { TagRow } from '../api/wire.generated';

/** Where an option stands in the form. */
export type GroupName = 'order' | 'data' | 'retry' | 'limits' | 'publishing' | 'other';

/** What it is typed into; `combo` offers its choices, and takes other texts too. */
export type InputKind =
  'text' | 'combo' | 'flag' | 'choice' | 'count' | 'number' | 'duration' | 'node' | 'variable' | 'long';

/** How one option is asked for. */
export interface Field {
  readonly group: GroupName;
  readonly input: InputKind;
  /** As people say it; `null`: nothing but its key. */
  readonly label: Label | null;
  /** A value that fits, shown while there is none. */
  readonly placeholder: string;
}

/** In the order of the form. Titles are translated where they are shown. */
export const GROUPS = [
  { name: 'order', title: 'Dependencies' },
  { name: 'data', title: 'Data' },
  { name: 'retry', title: 'Retry' },
  { name: 'limits', title: 'Limits' },
  { name: 'publishing', title: 'Publishing' },
  { name: 'other', title: 'Other options' }
] as const satisfies readonly { readonly name: GroupName; readonly title: string }[];

const FIELDS = {
  after: ['order', 'node', 'After'],
  when: ['order', 'variable', 'When'],
  unless: ['order', 'variable', 'Unless'],
  trigger: ['order', 'choice', 'Trigger rule'],
  each: ['order', 'text', 'For each'],
  tolerate: ['order', 'text', 'Tolerate failures'],
  notebook: ['order', 'text', 'Run notebook', 'score.ipynb'],
  severity: ['order', 'choice', 'When the check fails'],
  in: ['data', 'variable', 'Reads'],
  out: ['data', 'variable', 'Makes'],
  cache: ['data', 'combo', 'Reuse'],
  env: ['data', 'text', 'Environment'],
  secret: ['data', 'text', 'Secret', 'API_KEY'],
  retries: ['retry', 'count', 'Retries'],
  retry_delay: ['retry', 'duration', 'First delay'],
  retry_backoff: ['retry', 'number', 'Delay grows by'],
  retry_max_delay: ['retry', 'duration', 'Longest delay'],
  retry_jitter: ['retry', 'choice', 'Jitter'],
  retry_on: ['retry', 'text', 'Only after'],
  give_up_on: ['retry', 'text', 'Never after'],
  infra_retries: ['retry', 'count', 'When a kernel dies'],
  on_crash: ['retry', 'choice', 'When its runner dies'],
  timeout: ['limits', 'duration', 'Time limit'],
  pool: ['limits', 'text', 'Pool'],
  resource: ['limits', 'text', 'Resource'],
  kernel: ['limits', 'text', 'Kernel', 'python3'],
  asset: ['publishing', 'variable', 'Asset'],
  description: ['publishing', 'long', 'Description', ' '],
  owner: ['publishing', 'text', 'Owner', 'data team']
} as const satisfies Readonly<
  Record<string, readonly [group: GroupName, input: InputKind, label: string, placeholder?: string]>
>;

type Label = (typeof FIELDS)[keyof typeof FIELDS][2];
type FieldRow = readonly [group: GroupName, input: InputKind, label: Label | null, placeholder?: string];

const ROWS: Readonly<Record<string, FieldRow>> = FIELDS;

/** How an option is asked for; one that this table does not know is a text among the others. */
export function fieldOf(row: TagRow): Field {
  const [group, input, label, placeholder = row.example] = ROWS[row.key] ?? ['other', 'text', null];
  const isChoice = input !== 'combo' && row.choices.length > 0;
  const fitting = isChoice ? 'choice' : input === 'choice' ? 'text' : input;
  return { group, label, placeholder, input: row.takes === null ? 'flag' : fitting };
}
