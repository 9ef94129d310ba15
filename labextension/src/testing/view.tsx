import { act, render, type RenderResult } from '@testing-library/react';
import type * as wire from '../api/wire.generated';
import type { Host } from '../components/host';
import { PipelineView } from '../components/PipelineView';
import { Session } from '../components/session';
import { PushedSource, type SourceState } from '../components/source';
import type { Schedule } from '../model/store';
import { aDetail, aHost, aPreview, aRun, aRunView } from './builders';
import { type Answers, FakeClient } from './fakeClient';

/** Messages are taken in as soon as the test waits for anything. */
export const soon: Schedule = run => {
  let isWanted = true;
  queueMicrotask(() => {
    if (isWanted) {
      run();
    }
  });
  return () => {
    isWanted = false;
  };
};

export interface Shown extends RenderResult {
  readonly client: FakeClient;
  readonly session: Session;
  readonly source: PushedSource;
}

interface ShowOptions {
  readonly source?: Partial<SourceState>;
  readonly host?: Partial<Host>;
  readonly answers?: Answers;
  /** What is told of runs; none: the notebook has no runs. */
  readonly view?: wire.RunView;
  readonly runs?: wire.RunSummary[];
}

/** The view of a notebook and its runs, after it has been told of them. */
export async function show(options: ShowOptions = {}): Promise<Shown> {
  const { view } = options;
  const runs = options.runs ?? (view ? [view.run] : []);
  const detail = (name: string) => {
    const node = view?.nodes.find(item => item.node === name);
    if (!node) {
      throw new Error(`There is no node ${name}.`);
    }
    return aDetail(node);
  };
  const client = new FakeClient(
    {
      get_node: ({ node }) => detail(node),
      timeline: ({ run_id }) => ({ run_id, spans: [], critical_path: [], seq: 1 }),
      ...options.answers
    },
    ({ request, tell }) => {
      if (request.op === 'watch_runs') {
        tell({ kind: 'runs', id: '1', runs });
      } else if (request.op === 'watch_run' && 'run_id' in request) {
        const known = runs.find(run => run.run_id === request.run_id) ?? aRun(request.run_id);
        tell({ kind: 'run', id: '1', view: { ...(view ?? aRunView([])), run: known } });
      }
    }
  );
  const source = new PushedSource();
  source.push({ path: 'flights.ipynb', preview: aPreview(), ...options.source });
  const session = new Session(client, aHost(options.host), source, soon);
  session.show('list');
  const rendered = render(<PipelineView session={session} />);
  await settled();
  return { ...rendered, client, session, source };
}

/** After `change`, what was told, asked or clicked has been taken in. */
export async function settled(change: () => void = () => undefined): Promise<void> {
  await act(async () => {
    change();
    for (let turn = 0; turn < 10; turn++) {
      await Promise.resolve();
    }
  });
}
