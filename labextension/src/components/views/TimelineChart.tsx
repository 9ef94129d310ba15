import {
  type JSX,
  type KeyboardEvent,
  memo,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState
} from 'react';
import { formatDuration } from '../../model/durations';
import { type Bar, type Chart, endOf, formatTick, type Lane, ticks } from '../../model/timeline';
import { useSelected, useSession, useTexts } from '../context';
import type { Texts } from '../../model/texts';
import { LOOKS } from '../../model/states';
import { useWidth } from '../ui/useSize';
import { evenRows, useWindow } from '../ui/useWindow';
import { useNow } from '../useNow';
import { lengthOf, spanWords } from './TimelineTable';

const LANE_PX = 22;
const AXIS_PX = 22;
/** Room at the end for the last tick's label. */
const END_PX = 28;

interface TimelineChartProps {
  readonly chart: Chart;
  readonly zoom: number;
  readonly changeZoom: (factor: number) => void;
}

/** Lanes of bars over a common axis. Arrow keys go from lane to lane; only lanes in sight are drawn. */
export function TimelineChart({ chart, zoom, changeZoom }: TimelineChartProps): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const now = useNow(chart.isLive);
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const chosen = useSelected(state => state.panel.node);
  const [active, setActive] = useState<number | null>(null);
  const rows = useMemo(() => evenRows(chart.lanes.length, LANE_PX), [chart.lanes.length]);
  const { first, end } = useWindow(scroller, rows);
  const labelPx = Math.round(Math.max(84, Math.min(200, width * 0.26)));
  const chartPx = Math.max(80, width - labelPx - END_PX) * zoom;
  const lengthMs = endOf(chart, now) - chart.startMs;
  const scale = chartPx / lengthMs;

  useZoomKeys(scroller, labelPx, zoom, changeZoom);
  const at =
    active ??
    Math.max(
      0,
      chart.lanes.findIndex(lane => lane.node === chosen)
    );
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: chart.lanes.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) {
      const lane = Math.max(0, Math.min(chart.lanes.length - 1, to));
      setActive(lane);
      keepInSight(scroller.current, lane * LANE_PX);
    } else if (event.key === 'Enter' || event.key === ' ') {
      session.open(chart.lanes[at]?.node ?? null);
    } else if (event.key === '+' || event.key === '-') {
      changeZoom(event.key === '+' ? 1.6 : 1 / 1.6);
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <div
      ref={scroller}
      className="jp-dataops-chart"
      role="listbox"
      tabIndex={0}
      aria-label={texts.__('Timeline')}
      aria-activedescendant={at >= first && at < end ? `${id}-${at}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div
        role="presentation"
        className="jp-dataops-chart-canvas"
        style={{ width: labelPx + chartPx + END_PX, height: AXIS_PX + rows.topOf(chart.lanes.length) }}
      >
        <Axis lengthMs={lengthMs} chartPx={chartPx} labelPx={labelPx} />
        {chart.isLive ? <span className="jp-dataops-chart-now" style={{ left: labelPx + chartPx }} /> : null}
        {chart.lanes.slice(first, end).map((lane, index) => (
          <LaneRow
            key={lane.node}
            id={`${id}-${first + index}`}
            lane={lane}
            chart={chart}
            now={lane.bars.at(-1)?.endMs === null ? now : 0}
            top={AXIS_PX + (first + index) * LANE_PX}
            labelPx={labelPx}
            scale={scale}
            isActive={first + index === active}
            isChosen={lane.node === chosen}
          />
        ))}
      </div>
    </div>
  );
}

function keepInSight(element: HTMLElement | null, top: number): void {
  if (!element) {
    return;
  }
  if (top < element.scrollTop) {
    element.scrollTop = top;
  } else if (top + LANE_PX + AXIS_PX > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + LANE_PX + AXIS_PX - element.clientHeight;
  }
}

function scrollTo(element: HTMLElement, left: number): void {
  element.scrollLeft = left;
}

/** Control and the wheel zoom, about where the pointer is; what was in the middle stays there with the buttons. */
function useZoomKeys(
  scroller: React.RefObject<HTMLDivElement | null>,
  labelPx: number,
  zoom: number,
  changeZoom: (factor: number) => void
): void {
  const anchor = useRef<{ share: number; x: number } | null>(null);
  const before = useRef(zoom);
  useEffect(() => {
    const element = scroller.current;
    if (!element) {
      return;
    }
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) {
        return;
      }
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left;
      anchor.current = { share: (element.scrollLeft + x - labelPx) / Math.max(1, element.scrollWidth - labelPx), x };
      changeZoom(Math.exp(-event.deltaY / 300));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [scroller, labelPx, changeZoom]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || before.current === zoom) {
      return;
    }
    const middle = (element.clientWidth + labelPx) / 2;
    const kept = anchor.current ?? {
      share:
        ((element.scrollLeft + middle - labelPx) * before.current) /
        Math.max(1, (element.scrollWidth - labelPx) * before.current),
      x: middle
    };
    anchor.current = null;
    before.current = zoom;
    scrollTo(element, kept.share * (element.scrollWidth - labelPx) + labelPx - kept.x);
  }, [scroller, labelPx, zoom]);
}

interface AxisProps {
  readonly lengthMs: number;
  readonly chartPx: number;
  readonly labelPx: number;
}

function Axis({ lengthMs, chartPx, labelPx }: AxisProps): JSX.Element {
  return (
    <div className="jp-dataops-chart-axis" role="presentation" aria-hidden="true" style={{ height: AXIS_PX }}>
      <span className="jp-dataops-chart-corner" style={{ width: labelPx }} />
      {ticks(lengthMs, chartPx).map(ms => (
        <span key={ms} className="jp-dataops-chart-tick" style={{ left: labelPx + (ms / lengthMs) * chartPx }}>
          {formatTick(ms)}
        </span>
      ))}
    </div>
  );
}

interface LaneRowProps {
  readonly id: string;
  readonly lane: Lane;
  readonly chart: Chart;
  readonly now: number;
  readonly top: number;
  readonly labelPx: number;
  readonly scale: number;
  readonly isActive: boolean;
  readonly isChosen: boolean;
}

const LaneRow = memo(function LaneRow(props: LaneRowProps) {
  const { id, lane, chart, now, top, labelPx, scale, isActive, isChosen } = props;
  const texts = useTexts();
  const session = useSession();
  return (
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-label={describe(lane, chart, now, texts)}
      data-active={isActive || undefined}
      data-critical={lane.isCritical || undefined}
      className="jp-dataops-lane"
      style={{ top, height: LANE_PX }}
      onClick={() => session.open(lane.node)}
    >
      <span className="jp-dataops-lane-label" style={{ width: labelPx }} title={lane.node}>
        {lane.node}
      </span>
      {lane.bars.map((bar, index) => (
        <span
          key={index}
          className="jp-dataops-lane-bar"
          data-kind={bar.span.kind}
          data-state={bar.span.state}
          title={`${lane.node}: ${describeBar(bar, chart, now, texts)}`}
          style={{
            left: labelPx + (bar.startMs - chart.startMs) * scale,
            width: Math.max(2, lengthOf(bar, chart, now) * scale)
          }}
        />
      ))}
    </div>
  );
});

function describe(lane: Lane, chart: Chart, now: number, texts: Texts): string {
  const bars = lane.bars.map(bar => describeBar(bar, chart, now, texts)).join('; ');
  return `${lane.node}: ${bars}${lane.isCritical ? `; ${texts.__('critical path')}` : ''}`;
}

function describeBar(bar: Bar, chart: Chart, now: number, texts: Texts): string {
  const took = formatDuration(lengthOf(bar, chart, now));
  const state = bar.span.kind === 'attempt' ? ` ${texts.__(LOOKS[bar.span.state].word)}` : '';
  return `${spanWords(bar, texts)}${state}, ${took}`;
}
