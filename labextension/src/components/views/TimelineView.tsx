import { type JSX, useMemo, useState } from 'react';
import { chartOf } from '../../model/timeline';
import { useSelected, useSession, useTexts } from '../context';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { useThrottled } from '../useThrottled';
import { TimelineChart } from './TimelineChart';
import { TimelineTable } from './TimelineTable';

const MOST_ZOOM = 4096;

/** When what ran: lanes of bars, or the same as a table. */
export function TimelineView(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const runId = useSelected(state => state.run?.run.run_id ?? null);
  const seq = useThrottled(
    useSelected(state => state.run?.seq ?? 0),
    1000
  );
  const [isTable, setIsTable] = useState(false);
  const [zoom, setZoom] = useState(1);
  const answer = useCall(session.client, 'timeline', runId === null ? null : { run_id: runId }, seq);
  const chart = useMemo(() => (answer.data ? chartOf(answer.data) : null), [answer.data]);
  const changeZoom = (factor: number) => setZoom(now => Math.max(1, Math.min(MOST_ZOOM, now * factor)));
  if (runId === null) {
    return (
      <Empty icon="timeline" title={texts.__('No runs yet.')}>
        {texts.__('When a run has begun, this shows when each node ran, and which ones decided how long it took.')}
      </Empty>
    );
  }
  const empty = <Empty icon="timeline" title={texts.__('Nothing has begun yet.')} />;
  return (
    <div className="jp-dataops-timeline">
      <div className="jp-dataops-bar">
        <span className="jp-dataops-legend" aria-hidden="true">
          <Meaning kind="attempt" word={texts.__('ran')} />
          <Meaning kind="queued" word={texts.__('queued')} />
          <Meaning kind="waiting" word={texts.__('waiting')} />
          <Meaning kind="critical" word={texts.__('critical path')} />
        </span>
        <span className="jp-dataops-bar-end">
          {isTable ? null : (
            <>
              <Button
                look="quiet"
                icon="zoomOut"
                isIconOnly
                label={texts.__('Zoom out')}
                onClick={() => changeZoom(1 / 1.6)}
              />
              <Button
                look="quiet"
                icon="zoomIn"
                isIconOnly
                label={texts.__('Zoom in')}
                onClick={() => changeZoom(1.6)}
              />
              <Button look="quiet" icon="fit" isIconOnly label={texts.__('Fit')} onClick={() => setZoom(1)} />
            </>
          )}
          <Button
            look="quiet"
            icon="table"
            isIconOnly
            label={texts.__('Show as a table')}
            isPressed={isTable}
            onClick={() => setIsTable(!isTable)}
          />
        </span>
      </div>
      <Waiting answer={answer}>
        {() =>
          chart === null ? (
            empty
          ) : isTable ? (
            <TimelineTable chart={chart} />
          ) : (
            <TimelineChart chart={chart} zoom={zoom} changeZoom={changeZoom} />
          )
        }
      </Waiting>
    </div>
  );
}

function Meaning({ kind, word }: { kind: string; word: string }): JSX.Element {
  return (
    <span className="jp-dataops-legend-entry">
      <span data-kind={kind} />
      {word}
    </span>
  );
}
