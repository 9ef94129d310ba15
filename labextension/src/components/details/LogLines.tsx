import { type CSSProperties, type JSX, memo, useLayoutEffect, useMemo, useRef } from 'react';
import { formatExactly } from '../../model/durations';
import type { Line } from '../../model/line';
import type { Match } from '../../model/search';
import { segmentsOf } from '../../model/segments';
import { lineAt, wrappedStarts } from '../../model/wrapping';
import { useTexts } from '../context';
import { evenRows, type Rows, useWindow } from '../ui/useWindow';
import { useSize } from '../ui/useSize';
import { Segments } from './Ansi';
import type { LogSearchState } from './useLogSearch';

const LINE_PX = 17;
/** Of one character, where it cannot be measured. */
const CHARACTER_PX = 7.2;
const PADDING_PX = 20;

interface LogLinesProps {
  /** Grows in place; `version` tells that it has. */
  readonly lines: readonly Line[];
  readonly version: number;
  readonly prepended: number;
  readonly search: LogSearchState;
  readonly isWrapped: boolean;
  readonly isFollowing: boolean;
  readonly onFollow: (isFollowing: boolean) => void;
}

/** The lines that are in sight. */
export function LogLines(props: LogLinesProps): JSX.Element {
  const { lines, version, prepended, search, isWrapped, isFollowing, onFollow } = props;
  const texts = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const { width, height: seenHeight } = useSize(scroller);
  const rows = useRows(lines, version, isWrapped ? width : 0);
  const { first, end } = useWindow(scroller, rows);
  const height = rows.topOf(rows.count);
  const wasSetTo = useRef(-1);

  useLayoutEffect(() => {
    if (scroller.current && isFollowing) {
      wasSetTo.current = scrollTo(scroller.current, scroller.current.scrollHeight);
    }
    // A lower panel cuts off the end without a scroll event, and lines that are drawn may be higher than was reckoned.
  }, [isFollowing, height, width, seenHeight, first, end]);
  useLayoutEffect(() => {
    if (scroller.current && prepended > 0) {
      wasSetTo.current = scrollTo(scroller.current, scroller.current.scrollTop + rows.topOf(prepended));
    }
    // Once for each time that lines were put in front.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version, prepended]);
  useLayoutEffect(() => {
    const match = search.matches[search.current];
    if (scroller.current && match && search.moves > 0) {
      showRow(scroller.current, rows.topOf(match.row));
    }
    // Not when lines are added: only when somebody goes to a match, or the first ones are found.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search.moves, search.current, search.words === '' ? '' : search.matches.length > 0]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element || Math.abs(element.scrollTop - wasSetTo.current) < 2) {
      return;
    }
    wasSetTo.current = -1;
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
    if (isAtEnd !== isFollowing) {
      onFollow(isAtEnd);
    }
  };
  const byRow = useMemo(() => groupByRow(search.matches, first, end), [search.matches, first, end]);
  const current = search.matches[search.current];
  return (
    <div
      ref={scroller}
      className="jp-dataops-log-lines"
      role="log"
      aria-live="off"
      aria-label={texts.__('Log')}
      tabIndex={0}
      data-wrapped={isWrapped || undefined}
      onScroll={onScroll}
    >
      <div className="jp-dataops-log-all" style={{ height }}>
        <div className="jp-dataops-log-seen" style={placeOf(rows, first, end)}>
          {lines.slice(first, end).map((line, index) => (
            <LogLine
              key={first + index}
              line={line}
              matches={byRow.get(first + index) ?? NONE}
              length={search.words.length}
              current={current?.row === first + index ? current.start : null}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

const NONE: readonly number[] = [];

/** By the end where the end is drawn: what was reckoned wrong above it must not push it out. */
function placeOf(rows: Rows, first: number, end: number): CSSProperties {
  return first > 0 && end === rows.count ? { bottom: 0 } : { top: 0, transform: `translateY(${rows.topOf(first)}px)` };
}

function scrollTo(element: HTMLElement, top: number): number {
  element.scrollTop = top;
  return element.scrollTop;
}

function showRow(element: HTMLElement, top: number): void {
  if (top < element.scrollTop || top + LINE_PX > element.scrollTop + element.clientHeight) {
    element.scrollTop = top - element.clientHeight / 2;
  }
}

/** `width` 0: lines are not broken. */
function useRows(lines: readonly Line[], version: number, width: number): Rows {
  return useMemo(() => {
    if (width === 0) {
      return evenRows(lines.length, LINE_PX);
    }
    const columns = Math.max(10, Math.floor((width - PADDING_PX) / characterPx()));
    const starts = wrappedStarts(lines, columns);
    return {
      count: lines.length,
      topOf: row => (starts[Math.min(row, lines.length)] ?? 0) * LINE_PX,
      rowAt: top => lineAt(starts, Math.floor(top / LINE_PX))
    };
    // The lines are the same array when they have grown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [lines, version, width]);
}

let measured = 0;

/** The width of a character of the log's type, measured once. */
function characterPx(): number {
  if (measured > 0) {
    return measured;
  }
  const probe = document.createElement('span');
  probe.className = 'jp-dataops-log-probe';
  probe.textContent = '0'.repeat(100);
  document.body.append(probe);
  measured = probe.getBoundingClientRect().width / 100 || CHARACTER_PX;
  probe.remove();
  return measured;
}

function groupByRow(matches: readonly Match[], first: number, end: number): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (const { row, start } of matches) {
    if (row >= first && row < end) {
      const group = groups.get(row);
      if (group) {
        group.push(start);
      } else {
        groups.set(row, [start]);
      }
    }
  }
  return groups;
}

interface LogLineProps {
  readonly line: Line;
  readonly matches: readonly number[];
  readonly length: number;
  readonly current: number | null;
}

const LogLine = memo(function LogLine({ line, matches, length, current }: LogLineProps) {
  return (
    <div className="jp-dataops-log-line" data-stream={line.stream} title={line.at ? formatExactly(line.at) : undefined}>
      <Segments segments={segmentsOf(line, matches, length, current)} />
      {line.text === '' ? '​' : null}
    </div>
  );
});
