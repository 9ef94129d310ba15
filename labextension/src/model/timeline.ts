import type { SpanView, Timeline } from '../api/wire.generated';

export interface Bar {
  readonly span: SpanView;
  readonly startMs: number;
  /** `null`: it goes on. */
  readonly endMs: number | null;
}

/** What one node did, in order of time. */
export interface Lane {
  readonly node: string;
  readonly bars: readonly Bar[];
  readonly isCritical: boolean;
}

export interface Chart {
  readonly lanes: readonly Lane[];
  readonly startMs: number;
  /** Of what is known to have ended. */
  readonly endMs: number;
  readonly isLive: boolean;
}

/** Lanes in the order in which their nodes began; nothing for a run of which nothing has begun. */
export function chartOf(timeline: Timeline): Chart | null {
  const critical = new Set(timeline.critical_path);
  const lanes = new Map<string, Bar[]>();
  let startMs = Infinity;
  let endMs = -Infinity;
  let isLive = false;
  for (const span of timeline.spans) {
    const bar = {
      span,
      startMs: Date.parse(span.started_at),
      endMs: span.finished_at === null ? null : Date.parse(span.finished_at)
    };
    startMs = Math.min(startMs, bar.startMs);
    endMs = Math.max(endMs, bar.endMs ?? bar.startMs);
    isLive ||= bar.endMs === null;
    const lane = lanes.get(span.node);
    if (lane) {
      lane.push(bar);
    } else {
      lanes.set(span.node, [bar]);
    }
  }
  if (lanes.size === 0) {
    return null;
  }
  const sorted = [...lanes].map(([node, bars]) => ({ node, bars: bars.sort(byStart), isCritical: critical.has(node) }));
  sorted.sort((one, other) => (one.bars[0]?.startMs ?? 0) - (other.bars[0]?.startMs ?? 0));
  return { lanes: sorted, startMs, endMs, isLive };
}

function byStart(one: Bar, other: Bar): number {
  return one.startMs - other.startMs;
}

/** Where the chart ends: with what has ended last, or now. Never of no width. */
export function endOf(chart: Chart, now: number): number {
  return Math.max(chart.endMs, chart.isLive ? now : 0, chart.startMs + 100);
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400].map(
  s => s * 1000
);

/** Round times since the start, as many as fit with `gap` pixels between two. */
export function ticks(lengthMs: number, widthPx: number, gap = 70): number[] {
  const wanted = (lengthMs * gap) / Math.max(1, widthPx);
  const step =
    [100, 200, 500, ...STEPS_MS].find(candidate => candidate >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step);
}

/** `0`, `0.5 s`, `30 s`, `2 m`, `1 h 30 m`: a tick is round, and so is its label. */
export function formatTick(ms: number): string {
  if (ms === 0) {
    return '0';
  }
  const seconds = ms / 1000;
  if (seconds < 60) {
    return `${Number(seconds.toFixed(1))} s`;
  }
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's']
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}
