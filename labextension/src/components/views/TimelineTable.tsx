import type { JSX } from 'react';
import { formatDuration, formatExactly } from '../../model/durations';
import { type Bar, type Chart, endOf } from '../../model/timeline';
import { useSession, useTexts } from '../context';
import type { Texts } from '../../model/texts';
import { StateChip } from '../ui/Icon';
import { useNow } from '../useNow';

/** Every span of the timeline in words and numbers. */
export function TimelineTable({ chart }: { chart: Chart }): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const now = useNow(chart.isLive);
  return (
    <div className="jp-dataops-table-scroll" tabIndex={0} role="region" aria-label={texts.__('Timeline as a table')}>
      <table className="jp-dataops-table">
        <thead>
          <tr>
            <th scope="col">{texts.__('Node')}</th>
            <th scope="col">{texts.__('What')}</th>
            <th scope="col">{texts.__('Began after')}</th>
            <th scope="col">{texts.__('Took')}</th>
            <th scope="col">{texts.__('State')}</th>
          </tr>
        </thead>
        <tbody>
          {chart.lanes.flatMap(lane =>
            lane.bars.map((bar, index) => (
              <tr key={`${lane.node} ${index}`} data-critical={lane.isCritical || undefined}>
                <th scope="row">
                  <button type="button" className="jp-dataops-link" onClick={() => session.open(lane.node)}>
                    {lane.node}
                  </button>
                  {lane.isCritical ? ` (${texts.__('critical path')})` : ''}
                </th>
                <td>{spanWords(bar, texts)}</td>
                <td data-type="number" title={formatExactly(bar.span.started_at)}>
                  {formatDuration(bar.startMs - chart.startMs)}
                </td>
                <td data-type="number">{formatDuration(lengthOf(bar, chart, now))}</td>
                <td>
                  <StateChip state={bar.span.state} />
                </td>
              </tr>
            ))
          )}
        </tbody>
      </table>
    </div>
  );
}

export function lengthOf(bar: Bar, chart: Chart, now: number): number {
  return Math.max(0, (bar.endMs ?? endOf(chart, now)) - bar.startMs);
}

export function spanWords({ span }: Bar, texts: Texts): string {
  switch (span.kind) {
    case 'attempt':
      return texts.__('attempt %1', span.attempt);
    case 'queued':
      return texts.__('queued');
    case 'waiting':
      return texts.__('waiting for attempt %1', span.attempt + 1);
    case 'group':
      return texts.__('everything it expanded to');
  }
}
