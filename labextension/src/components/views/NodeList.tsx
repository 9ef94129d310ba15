import {
  type JSX,
  type KeyboardEvent,
  memo,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState
} from 'react';
import { elapsedMs, formatDuration } from '../../model/durations';
import { toggleGroup } from '../../model/panel';
import type { AnyState } from '../../model/states';
import { lookOf, type TreeRow, treeRows } from '../../model/tree';
import { useSelected, useSession, useTexts } from '../context';
import { shownGraph } from '../sessionState';
import { Empty } from '../ui/Empty';
import { Icon, StateIcon } from '../ui/Icon';
import { evenRows, useWindow } from '../ui/useWindow';
import { useNow } from '../useNow';
import { ListFilter } from './ListFilter';

export const ROW_HEIGHT = 24;

/** All nodes, children and checks as a tree: everything the graph shows, for keys and screen readers as well. */
export function NodeList(): JSX.Element {
  const texts = useTexts();
  const [words, setWords] = useState('');
  const [states, setStates] = useState<ReadonlySet<AnyState>>(new Set());
  const deferred = useDeferredValue(words);
  const graph = useSelected(shownGraph);
  const run = useSelected(state => state.run);
  const closed = useSelected(state => state.panel.closed);
  // Without a filter by state a row's place does not depend on states: the rows stay as they are while nodes run.
  const order = run?.order;
  const known = states.size > 0 ? run : (order ?? graph);
  const rows = useMemo(
    () => treeRows(graph, run, closed, { words: deferred, states }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [graph, known, closed, deferred, states]
  );
  return (
    <div className="jp-dataops-list">
      <ListFilter words={words} onWords={setWords} states={states} onStates={setStates} />
      {rows.length > 0 ? <Tree rows={rows} /> : <Empty icon="search" title={texts.__('No node fits the filter.')} />}
    </div>
  );
}

function Tree({ rows }: { rows: readonly TreeRow[] }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const chosen = useSelected(state => state.panel.node);
  const [activeName, setActive] = useState<string | null>(null);
  const at = Math.max(
    0,
    rows.findIndex(row => row.name === (activeName ?? chosen))
  );
  const geometry = useMemo(() => evenRows(rows.length, ROW_HEIGHT), [rows.length]);
  const { first, end } = useWindow(scroller, geometry);

  useEffect(() => {
    const element = scroller.current;
    if (!element || activeName === null) {
      return;
    }
    const top = at * ROW_HEIGHT;
    if (top < element.scrollTop) {
      element.scrollTop = top;
    } else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
    }
  }, [at, activeName]);

  const goTo = (row: TreeRow | undefined) => row && setActive(row.name);
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row) {
      return;
    }
    switch (event.key) {
      case 'ArrowDown':
        goTo(rows[at + 1]);
        break;
      case 'ArrowUp':
        goTo(rows[at - 1]);
        break;
      case 'Home':
        goTo(rows[0]);
        break;
      case 'End':
        goTo(rows.at(-1));
        break;
      case 'ArrowRight':
        if (row.hasChildren && !row.isOpen) {
          session.changePanel(panel => toggleGroup(panel, row.name));
        } else if (row.isOpen) {
          goTo(rows[at + 1]);
        }
        break;
      case 'ArrowLeft':
        if (row.isOpen) {
          session.changePanel(panel => toggleGroup(panel, row.name));
        } else {
          goTo(rows.find(other => other.name === row.parent));
        }
        break;
      case 'Enter':
      case ' ':
        session.open(row.name);
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  const active = rows[at]?.name ?? '';
  return (
    <div
      ref={scroller}
      role="tree"
      tabIndex={0}
      aria-label={texts.__('Nodes')}
      aria-activedescendant={at >= first && at < end ? `${id}-${at}` : undefined}
      className="jp-dataops-tree"
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: geometry.topOf(rows.length), position: 'relative' }}>
        {rows.slice(first, end).map((row, index) => (
          <Row
            key={row.name}
            id={`${id}-${first + index}`}
            row={row}
            top={geometry.topOf(first + index)}
            isActive={row.name === active}
            isChosen={row.name === chosen}
            setActive={setActive}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly id: string;
  readonly row: TreeRow;
  readonly top: number;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly setActive: (name: string) => void;
}

const Row = memo(function Row({ id, row, top, isActive, isChosen, setActive }: RowProps) {
  const texts = useTexts();
  const session = useSession();
  const node = useSelected(state => state.run?.nodes.get(row.name));
  const isEdited = useSelected(state => state.run?.edited.has(row.name) ?? false);
  const state = lookOf(node);
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={row.level}
      aria-setsize={row.setSize}
      aria-posinset={row.setIndex}
      aria-expanded={row.hasChildren ? row.isOpen : undefined}
      aria-selected={isChosen}
      data-active={isActive || undefined}
      data-kind={row.kind}
      className="jp-dataops-row"
      style={{ top, paddingInlineStart: 4 + (row.level - 1) * 14 }}
      onClick={() => {
        setActive(row.name);
        session.open(row.name);
      }}
    >
      <span
        className="jp-dataops-row-toggle"
        aria-hidden="true"
        data-open={row.isOpen || undefined}
        onClick={event => {
          if (row.hasChildren) {
            event.stopPropagation();
            session.changePanel(panel => toggleGroup(panel, row.name));
          }
        }}
      >
        {row.hasChildren ? <Icon name="right" /> : null}
      </span>
      <StateIcon state={state} />
      <span className="jp-dataops-row-name" title={row.name}>
        {row.label}
      </span>
      {isEdited ? (
        <span className="jp-dataops-row-edited" title={texts.__('Edited since this run')}>
          {texts.__('edited')}
        </span>
      ) : null}
      {node?.waiting ? (
        <span className="jp-dataops-row-waiting" title={node.waiting}>
          {node.waiting}
        </span>
      ) : null}
      {node && node.attempt > 1 ? (
        <span className="jp-dataops-row-attempt" title={texts.__('Attempt %1', node.attempt)}>
          ×{node.attempt}
        </span>
      ) : null}
      <RowTime
        startedAt={state === 'reused' ? null : (node?.started_at ?? null)}
        finishedAt={node?.finished_at ?? null}
        isLive={state === 'running'}
      />
    </div>
  );
});

interface RowTimeProps {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly isLive: boolean;
}

function RowTime({ startedAt, finishedAt, isLive }: RowTimeProps): JSX.Element | null {
  const now = useNow(isLive);
  const ms = isLive || finishedAt !== null ? elapsedMs(startedAt, finishedAt, now) : null;
  return ms === null ? null : <span className="jp-dataops-row-time">{formatDuration(ms)}</span>;
}
