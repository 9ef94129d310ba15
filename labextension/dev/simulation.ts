import type * as wire from '../src/api/wire.generated';
import { aNodeRun, aRun } from '../src/testing/builders';
import type { FakeClient } from '../src/testing/fakeClient';

/** How long a node runs. */
const TAKES_MS = 2_800;

/** Makes *Run*, *Retry* and *Cancel* do something: a run that goes through its nodes, two at a time, in a minute. */
export function simulate(client: FakeClient, views: Map<string, wire.RunView>, graph: wire.GraphView): void {
  let number = 0;
  const begin = () => {
    number += 1;
    const id = `simulated-${number}`;
    const created_at = new Date().toISOString();
    const nodes = graph.nodes.map((node, position) =>
      aNodeRun(node.name, 'pending', { position, waiting: 'for what is above' })
    );
    const run = aRun(id, { created_at, started_at: created_at, counts: { pending: nodes.length } });
    views.set(id, { run, graph, nodes, seq: 1, edited: [] });
    const timer = setInterval(() => {
      if (!step(client, views, id)) {
        clearInterval(timer);
      }
    }, 700);
    return { run };
  };
  client.answers.create_run = begin;
  client.answers.retry = begin;
  client.answers.resume = begin;
  client.answers.cancel = ({ run_id }) => {
    const view = views.get(run_id);
    const run = { ...(view?.run ?? aRun(run_id)), state: 'cancelled' as const, finished_at: new Date().toISOString() };
    if (view) {
      tell(client, views, { ...view, run }, []);
    }
    return { run };
  };
}

function step(client: FakeClient, views: Map<string, wire.RunView>, id: string): boolean {
  const view = views.get(id);
  if (!view || view.run.state !== 'running') {
    return false;
  }
  const now = new Date().toISOString();
  const changed: wire.NodeRunView[] = [];
  const known = new Map(view.nodes.map(node => [node.node, node]));
  for (const node of view.nodes.filter(item => item.state === 'running')) {
    if (Date.parse(now) - Date.parse(node.started_at ?? now) >= TAKES_MS) {
      changed.push({ ...node, state: 'succeeded', finished_at: now });
    }
  }
  const free = 2 - (view.nodes.filter(node => node.state === 'running').length - changed.length);
  const isReady = (name: string) =>
    view.graph.nodes.find(node => node.name === name)?.upstream.every(above => known.get(above)?.state === 'succeeded');
  view.nodes
    .filter(node => node.state === 'pending' && isReady(node.node))
    .slice(0, free)
    .forEach(node =>
      changed.push({
        ...node,
        state: 'running',
        attempt: 1,
        waiting: null,
        queued_at: now,
        started_at: now
      })
    );
  changed.forEach(node => known.set(node.node, node));
  const nodes = view.nodes.map(node => known.get(node.node) ?? node);
  const counts: Record<string, number> = {};
  nodes.forEach(node => (counts[node.state] = (counts[node.state] ?? 0) + 1));
  const isOver = counts['succeeded'] === nodes.length;
  const run = { ...view.run, counts, ...(isOver ? { state: 'succeeded' as const, finished_at: now } : {}) };
  tell(client, views, { ...view, run, nodes }, changed);
  return !isOver;
}

function tell(
  client: FakeClient,
  views: Map<string, wire.RunView>,
  view: wire.RunView,
  nodes: wire.NodeRunView[]
): void {
  const seq = view.seq + 1;
  views.set(view.run.run_id, { ...view, seq });
  client.tell('watch_run', { kind: 'run_changed', run: view.run, nodes, edited: [], seq });
  client.tell('watch_runs', { kind: 'runs', runs: [view.run] });
}
