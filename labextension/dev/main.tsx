/** The components without Jupyter: `?scene=failed&theme=dark&width=320&view=list&node=evaluate&tab=log`. */
import { createRoot } from 'react-dom/client';
import type { Connection } from '../src/api/client';
import { OperationError } from '../src/api/client';
import type * as wire from '../src/api/wire.generated';
import { PipelineView } from '../src/components/PipelineView';
import { createPlace, type StoreTab } from '../src/components/place';
import { ScheduleForm } from '../src/components/schedules/ScheduleForm';
import { Session } from '../src/components/session';
import { StoreView } from '../src/components/StoreView';
import { PushedSource, type SourceState } from '../src/components/source';
import type { Tab, View } from '../src/model/panel';
import { fieldOf } from '../src/model/parameters';
import { newDraft } from '../src/model/scheduleForm';
import { ENGLISH } from '../src/model/texts';
import { aHost, aParameter, aPreview } from '../src/testing/builders';
import { FakeClient } from '../src/testing/fakeClient';
import { answersFor } from './answers';
import { DIAGNOSTICS, GRAPH, PREVIEW } from './pipeline';
import { bigRun, flightsRun, history, type SceneName } from './scenes';
import { SCHEDULE_ANSWERS, SCHEDULES_TOLD } from './schedules';
import { simulate } from './simulation';
import '../style/index.css';
import './theme.css';

const wanted = new URLSearchParams(location.search);
const scene = wanted.get('scene') ?? 'live';
document.body.dataset['jpThemeLight'] = String(wanted.get('theme') !== 'dark');
const frame = document.getElementById('frame');
if (frame) {
  const width = wanted.get('width');
  frame.style.width = width === null ? '100%' : `${width}px`;
  frame.className = 'jp-dataops-panel';
}

const REFUSAL: wire.Refusal = {
  code: 'unreadable',
  message: 'The notebook could not be read.',
  where: 'flights.ipynb',
  hint: 'Save it and try again.'
};

/** The notebook in each scene. */
function sourceOf(name: string): Partial<SourceState> {
  const path = 'flights.ipynb';
  switch (name) {
    case 'nothing':
      return {};
    case 'untagged':
      return { path, preview: aPreview({ is_pipeline: false, graph: { nodes: [], edges: [], checks: [] } }) };
    case 'errors':
      return { path, preview: { ...PREVIEW, can_run: false, diagnostics: DIAGNOSTICS } };
    case 'unreachable':
      return { path, problem: { ...REFUSAL, code: 'unreachable', message: 'The server cannot be reached.' } };
    case 'unreadable':
      return { path, problem: REFUSAL };
    case 'big':
      return { path, preview: { ...PREVIEW, graph: bigRun(1000).graph } };
    default:
      return { path, preview: { ...PREVIEW, diagnostics: DIAGNOSTICS.filter(({ severity }) => severity !== 'error') } };
  }
}

const WITHOUT_RUNS = ['nothing', 'untagged', 'norun', 'unreachable', 'unreadable'];
const isFlights = (name: string): name is SceneName => ['failed', 'running', 'succeeded', 'crashed'].includes(name);
const views = new Map<string, wire.RunView>();
const first = scene === 'big' ? bigRun(1000) : flightsRun(isFlights(scene) ? scene : 'failed', '20261128T1158-7f3a');
const runs = WITHOUT_RUNS.includes(scene) ? [] : history(first.run);
runs.forEach(run => views.set(run.run_id, run === first.run ? first : { ...flightsRun('succeeded', run.run_id), run }));

const client = new FakeClient(
  { ...answersFor(views), ...SCHEDULE_ANSWERS },
  ({ request, tell }) => {
    queueMicrotask(() => {
      if (request.op === 'watch_runs') {
        tell({ kind: 'runs', id: '1', runs });
      } else if (request.op === 'watch_schedules') {
        tell({ ...SCHEDULES_TOLD, id: '1' });
      } else if ('run_id' in request && request.op === 'watch_run') {
        const view = views.get(request.run_id);
        if (view) {
          tell({ kind: 'run', id: '1', view });
        }
      }
    });
  },
  60
);
client.connection = (wanted.get('connection') as Connection | null) ?? 'connected';

const refuse = () => {
  throw new OperationError(
    {
      code: 'invalid_pipeline',
      message: 'The notebook cannot run: after:claen names no node.',
      where: 'node join, cell 7, flights.ipynb',
      hint: 'Did you mean clean_flights?'
    },
    422
  );
};
const host = aHost({
  isReadOnly: wanted.has('readonly'),
  goToCell: () => undefined,
  openFailedNode: () => Promise.reject(new Error('There is no kernel for this notebook.')),
  openFile: () => undefined,
  openReport: () => undefined,
  openRun: () => undefined,
  applyFix: () => Promise.resolve(),
  tagNotebook: () => Promise.resolve(),
  scheduleNotebook: () => undefined,
  editSchedule: () => Promise.resolve()
});
if (scene === 'refused') {
  client.answers.create_run = refuse;
} else {
  simulate(client, views, GRAPH);
}

const root = createRoot(frame ?? document.body);
if (scene === 'runs') {
  const place = createPlace();
  const tab = (wanted.get('tab') as StoreTab | null) ?? 'runs';
  place.update(state => ({ ...state, tab, schedule: wanted.get('schedule') }));
  root.render(<StoreView client={client} host={host} place={place} />);
} else if (scene === 'schedule-form') {
  root.render(
    <ScheduleForm
      client={client}
      texts={ENGLISH}
      initial={newDraft('flights', 'Europe/Berlin')}
      fields={[aParameter('country', 'de', { help: 'whose flights' }), aParameter('rows', 100)].map(fieldOf)}
      environments={['dev', 'prod']}
      isNew
      refusal={null}
      onDraft={() => undefined}
    />
  );
} else {
  const source = new PushedSource();
  const session = new Session(client, host, source);
  source.push(sourceOf(scene));
  session.show((wanted.get('view') as View | null) ?? 'graph');
  if (wanted.has('node')) {
    session.open(wanted.get('node'), (wanted.get('tab') as Tab | null) ?? undefined);
  }
  Object.assign(window, { session, client });
  root.render(<PipelineView session={session} />);
}
