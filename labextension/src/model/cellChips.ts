import type { CellView, CheckView, NodeRunView, NodeView, Preview } from '../api/wire.generated';
import { type AnyState, LOOKS } from './states';
import { lookOf } from './tree';

/** What a cell is shown as; cells of other roles show nothing. */
export type ChipKind = 'node' | 'check' | 'setup' | 'parameters' | 'skip';

/** What stands above a cell: everything, only what it belongs to, or nothing but the bar at its side. */
export type Head = 'full' | 'quiet' | 'none';

/** Where in an unbroken row of cells that belong together, for the ends of the bar at their side. */
export type Place = 'only' | 'first' | 'middle' | 'last';

/** What is shown at one cell. A value: two that look the same are the same as JSON. */
export interface CellChip {
  readonly kind: ChipKind;
  readonly head: Head;
  readonly place: Place;
  /** A node's name, or what a check is called; empty for the other kinds. */
  readonly label: string;
  /** What it is called in a run: `clean`, `check:clean/not_null`; `null`: it is no part of a run by itself. */
  readonly node: string | null;
  /** The node that it checks. */
  readonly checks: string | null;
  /** A check that only warns. */
  readonly isWarning: boolean;
  readonly state: AnyState;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Elements of `each:`, or cells, that are done, of how many. */
  readonly progress: readonly [done: number, total: number] | null;
  readonly reason: string;
  readonly description: string;
  /** The cells are not as they were in the run whose state is shown. */
  readonly isEdited: boolean;
  readonly canRetry: boolean;
}

/** What of a run the chips show. */
export interface ShownRun {
  readonly nodes: readonly NodeRunView[];
  readonly edited: readonly string[];
}

const RETRIED: ReadonlySet<AnyState> = new Set<AnyState>(['failed', 'crashed', 'cancelled']);

/** What is shown at each cell of the notebook, by the cell's id. */
export function chipsOf(preview: Preview, run: ShownRun | null): Map<string, CellChip> {
  const parts = partsOf(preview, run);
  const cells = preview.cells.filter(cell => isShown(preview, cell));
  const chips = new Map<string, CellChip>();
  let codeAbove: string | null = null;
  cells.forEach((cell, at) => {
    const owner = ownerOf(cell);
    const above = cells[at - 1];
    const below = cells[at + 1];
    const joinsAbove = above !== undefined && above.index === cell.index - 1 && ownerOf(above) === owner;
    const joinsBelow = below !== undefined && below.index === cell.index + 1 && ownerOf(below) === owner;
    const place = joinsAbove ? (joinsBelow ? 'middle' : 'last') : joinsBelow ? 'first' : 'only';
    const part = parts(cell);
    // What goes on after something else says what it belongs to: the bar alone is far from its name there.
    const head = cell.is_first ? headOf(part.kind) : codeAbove === owner ? 'none' : 'quiet';
    codeAbove = owner;
    chips.set(cell.id, { ...part, head, place });
  });
  return chips;
}

type Part = Omit<CellChip, 'head' | 'place'>;

const NOT_RUN = {
  node: null,
  checks: null,
  isWarning: false,
  state: 'none',
  attempt: 0,
  startedAt: null,
  finishedAt: null,
  progress: null,
  reason: '',
  description: '',
  isEdited: false,
  canRetry: false
} as const;

/** What each cell belongs to; made once for each of them. */
function partsOf(preview: Preview, run: ShownRun | null): (cell: CellView) => Part {
  const nodes = new Map(preview.graph.nodes.map(node => [node.name, node]));
  const checks = new Map(preview.graph.checks.map(check => [check.name, check]));
  const runs = new Map(run?.nodes.map(node => [node.node, node]));
  const children = childrenOf(run);
  const edited = new Set(run?.edited);
  return cell => {
    if (cell.role === 'check') {
      const check = checks.get(cell.check ?? '');
      return checkPart(cell, check, runs.get(cell.check ?? '') ?? null);
    }
    if (cell.role === 'node') {
      const name = cell.node ?? '';
      return nodePart(name, nodes.get(name), runs.get(name) ?? null, children.get(name) ?? [], edited.has(name));
    }
    return { kind: cell.role as ChipKind, label: '', ...NOT_RUN };
  };
}

function nodePart(
  name: string,
  node: NodeView | undefined,
  run: NodeRunView | null,
  children: readonly NodeRunView[],
  isEdited: boolean
): Part {
  return {
    ...NOT_RUN,
    ...runPart(run, run?.state ?? 'none'),
    kind: 'node',
    label: name,
    node: name,
    description: node?.description ?? '',
    progress: progressOf(run, children),
    isEdited: isEdited && run !== null
  };
}

function checkPart(cell: CellView, check: CheckView | undefined, run: NodeRunView | null): Part {
  const isWarning = check?.severity === 'warn';
  return {
    ...NOT_RUN,
    ...runPart(run, lookOf(run === null ? undefined : { state: run.state, severity: check?.severity ?? 'error' })),
    kind: 'check',
    label: check?.check ?? '',
    node: cell.check,
    checks: check?.node ?? cell.node,
    isWarning
  };
}

function runPart(run: NodeRunView | null, state: AnyState): Partial<Part> {
  return run === null
    ? {}
    : {
        state,
        attempt: run.attempt,
        startedAt: run.started_at,
        finishedAt: run.finished_at,
        reason: reasonOf(run),
        canRetry: RETRIED.has(state)
      };
}

function reasonOf({ reason, waiting, error }: NodeRunView): string {
  const what = error === null ? '' : `${error.ename}: ${error.evalue}`;
  // The reason of a failed attempt is most often just that.
  return [reason, waiting, reason.includes(what) ? '' : what].filter(Boolean).join('\n');
}

function progressOf(run: NodeRunView | null, children: readonly NodeRunView[]): Part['progress'] {
  if (run === null || LOOKS[run.state].isDone || children.length === 0) {
    return null;
  }
  return [children.filter(child => LOOKS[child.state].isDone).length, children.length];
}

function childrenOf(run: ShownRun | null): Map<string, NodeRunView[]> {
  const children = new Map<string, NodeRunView[]>();
  for (const node of run?.nodes ?? []) {
    // Checks stand below their node as well, and are not part of its work.
    if (node.parent !== null && node.severity === null) {
      const siblings = children.get(node.parent);
      if (siblings === undefined) {
        children.set(node.parent, [node]);
      } else {
        siblings.push(node);
      }
    }
  }
  return children;
}

/** Without a node in it a notebook is no pipeline: all its code would be setup. Only what has tags of ours is shown. */
function isShown(preview: Preview, cell: CellView): boolean {
  return cell.role !== 'text' && (preview.is_pipeline || cell.tags.some(tag => tag.key !== null));
}

function ownerOf(cell: CellView): string {
  return cell.role === 'node' ? `node ${cell.node}` : cell.role === 'check' ? `check ${cell.check}` : cell.role;
}

function headOf(kind: ChipKind): Head {
  return kind === 'node' || kind === 'check' ? 'full' : 'quiet';
}
