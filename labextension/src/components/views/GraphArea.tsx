import { type JSX, useEffect, useMemo, useRef, useState } from 'react';
import type { Direction } from '../../graph/model';
import { GraphView } from '../../graph/view';
import { graphLooks, graphModelOf } from '../../model/graphLooks';
import { isEnded } from '../../model/run';
import { useSelected, useSession, useTexts } from '../context';
import { cellOf, shownGraph } from '../sessionState';
import { Empty } from '../ui/Empty';
import { type Size, useSize } from '../ui/useSize';
import { useCall } from '../useCall';
import { useNow } from '../useNow';

/** The graph of the pipeline, alive. */
export function GraphArea(): JSX.Element {
  const texts = useTexts();
  const isEmpty = useSelected(state => shownGraph(state).nodes.length === 0);
  return isEmpty ? <Empty icon="graph" title={texts.__('There are no nodes.')} /> : <Graph />;
}

/** Less wide, as in a side panel, it holds two or three nodes side by side, whatever the height is. */
const NARROW_PX = 560;

/** Which way edges go where the user has not said so: along the longer side. */
function directionFor({ width, height }: Size): Direction {
  return width >= NARROW_PX && width > 1.25 * height ? 'LR' : 'TB';
}

const NONE: ReadonlySet<string> = new Set();

function Graph(): JSX.Element {
  const session = useSession();
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const [view, setView] = useState<GraphView | null>(null);
  const graph = useSelected(shownGraph);
  const node = useSelected(state => state.panel.node);
  const chosenDirection = useSelected(state => state.panel.direction);
  const direction = chosenDirection ?? directionFor(size);
  const isMeasured = size.width > 0;

  useEffect(() => {
    const element = place.current;
    if (!element || !isMeasured) {
      return;
    }
    const drawn = new GraphView(element, {
      texts: session.host.texts,
      direction:
        session.state.panel.direction ?? directionFor({ width: element.clientWidth, height: element.clientHeight }),
      onSelect: id => session.open(id),
      onOpen: id => openCell(session, id),
      onTurn: turned => session.changePanel(panel => ({ ...panel, direction: turned }))
    });
    setView(drawn);
    return () => {
      setView(null);
      drawn.dispose();
    };
  }, [session, isMeasured]);
  useEffect(() => view?.setDirection(direction), [view, direction]);
  useEffect(() => view?.setGraph(graphModelOf(graph)), [view, graph]);
  useEffect(() => view?.select(node), [view, node]);
  return (
    <div ref={place} className="jp-dataops-graph-place">
      {view ? <Looks view={view} /> : null}
    </div>
  );
}

/** Hands the states on. A component of its own, so that nothing else renders twice a second while something runs. */
function Looks({ view }: { view: GraphView }): null {
  const session = useSession();
  const graph = useSelected(shownGraph);
  const run = useSelected(state => state.run);
  const isLive = run !== null && !isEnded(run.run);
  const now = useNow(isLive);
  const ended = run && !isLive ? { run_id: run.run.run_id } : null;
  const timeline = useCall(session.client, 'timeline', ended, run?.seq);
  const critical = useMemo(() => (timeline.data ? new Set(timeline.data.critical_path) : NONE), [timeline.data]);
  useEffect(() => view.setStates(graphLooks(graph, run, critical, now)), [view, graph, run, critical, now]);
  return null;
}

function openCell(session: ReturnType<typeof useSession>, name: string): void {
  const target = cellOf(session.state, name);
  if (target) {
    session.host.goToCell?.(target.cell, target.line);
  }
}
