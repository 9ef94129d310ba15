import type { GraphView, NodeRunView } from '../api/wire.generated';
import { type AnyState, LOOKS } from './states';
import type { RunModel } from './run';

export type RowKind = 'node' | 'group' | 'child' | 'check';

/** One row of the list of nodes. */
export interface TreeRow {
  readonly name: string;
  /** Without what its parent's name says already. */
  readonly label: string;
  readonly kind: RowKind;
  readonly level: number;
  readonly parent: string | null;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
  readonly setSize: number;
  readonly setIndex: number;
}

interface Entry {
  name: string;
  kind: RowKind;
  parent: string | null;
  children: Entry[];
}

export interface TreeFilter {
  /** Part of a name, whatever the case. */
  readonly words: string;
  /** Only these; empty: all. */
  readonly states: ReadonlySet<AnyState>;
}

export const NO_FILTER: TreeFilter = { words: '', states: new Set() };

/** How a node run looks: a check passes or warns where a node succeeds or fails. */
export function lookOf(node: Pick<NodeRunView, 'state' | 'severity'> | undefined): AnyState {
  if (!node) {
    return 'none';
  }
  if (node.severity !== null && node.state === 'succeeded') {
    return 'passed';
  }
  return node.severity === 'warn' && node.state === 'failed' ? 'warned' : node.state;
}

/** Rows of what is open. A filter opens what leads to a match, and shows the way to it. */
export function treeRows(
  graph: GraphView,
  run: RunModel | null,
  closed: ReadonlySet<string>,
  filter: TreeFilter = NO_FILTER
): readonly TreeRow[] {
  const roots = run ? entriesOfRun(run) : entriesOfGraph(graph);
  const rows: TreeRow[] = [];
  const isFiltered = filter.words !== '' || filter.states.size > 0;
  const words = filter.words.toLowerCase();
  const keeps = (entry: Entry): boolean =>
    (entry.name.toLowerCase().includes(words) &&
      (filter.states.size === 0 || filter.states.has(lookOf(run?.nodes.get(entry.name))))) ||
    entry.children.some(keeps);
  const add = (entries: readonly Entry[], level: number) => {
    const kept = isFiltered ? entries.filter(keeps) : entries;
    kept.forEach((entry, index) => {
      const isOpen = entry.children.length > 0 && (isFiltered || !closed.has(entry.name));
      rows.push({
        name: entry.name,
        label: labelOf(entry),
        kind: entry.kind,
        level,
        parent: entry.parent,
        hasChildren: entry.children.length > 0,
        isOpen,
        setSize: kept.length,
        setIndex: index + 1
      });
      if (isOpen) {
        add(entry.children, level + 1);
      }
    });
  };
  add(roots, 1);
  return rows;
}

function entriesOfRun(run: RunModel): Entry[] {
  const owners = new Map(run.graph.checks.map(check => [check.name, check.node]));
  const kinds = new Map(run.graph.nodes.map(node => [node.name, node.kind]));
  const entries = new Map<string, Entry>();
  for (const name of run.order) {
    const node = run.nodes.get(name);
    const isCheck = node !== undefined && node.severity !== null;
    const parent = isCheck ? (owners.get(name) ?? ownerOf(name)) : (node?.parent ?? null);
    const isGroup = (kinds.get(name) ?? 'node') !== 'node';
    entries.set(name, {
      name,
      kind: isCheck ? 'check' : parent !== null ? 'child' : isGroup ? 'group' : 'node',
      parent,
      children: []
    });
  }
  return nest(entries);
}

function entriesOfGraph(graph: GraphView): Entry[] {
  const entries = new Map<string, Entry>();
  for (const node of graph.nodes) {
    const kind = node.kind === 'node' ? 'node' : 'group';
    entries.set(node.name, { name: node.name, kind, parent: null, children: [] });
  }
  for (const check of graph.checks) {
    entries.set(check.name, { name: check.name, kind: 'check', parent: check.node, children: [] });
  }
  return nest(entries);
}

function nest(entries: ReadonlyMap<string, Entry>): Entry[] {
  const roots: Entry[] = [];
  for (const entry of entries.values()) {
    const parent = entry.parent === null ? undefined : entries.get(entry.parent);
    (parent?.children ?? roots).push(entry);
  }
  return roots;
}

/** `check:NODE/NAME`; a name of a child may have slashes of its own. */
function ownerOf(check: string): string {
  return check.slice('check:'.length, check.lastIndexOf('/'));
}

function labelOf({ name, kind, parent }: Entry): string {
  if (kind === 'check') {
    return name.slice(name.lastIndexOf('/') + 1);
  }
  return parent !== null && name.startsWith(parent) ? name.slice(parent.length).replace(/^\//, '') : name;
}

/** How often each state occurs, in the order of the table of states: for the filter. */
export function stateCounts(run: RunModel): readonly (readonly [AnyState, number])[] {
  const counts = new Map<AnyState, number>();
  for (const node of run.nodes.values()) {
    const state = lookOf(node);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return (Object.keys(LOOKS) as AnyState[]).flatMap(state => {
    const count = counts.get(state);
    return count === undefined ? [] : [[state, count] as const];
  });
}
