import { type JSX, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Client } from '../api/client';
import type { Refusal, RunSummary } from '../api/wire.generated';
import { elapsedMs, formatDuration, formatExactly, formatWhen } from '../model/durations';
import { formatParameters } from '../model/parameters';
import { isEnded, progress, versionText } from '../model/run';
import { type AnyState, LOOKS } from '../model/states';
import { TextsProvider, useTexts } from './context';
import { RunsFollower } from './following';
import type { Host } from './host';
import { RunActions } from './RunActions';
import { Boundary } from './ui/Boundary';
import { Empty } from './ui/Empty';
import { StateIcon, useStateWord } from './ui/Icon';
import { RefusalNotice } from './ui/Notice';
import { SearchField } from './ui/SearchField';
import { useKeptFocus } from './ui/useFocus';
import { evenRows, useWindow } from './ui/useWindow';
import { Loading } from './ui/Waiting';
import { useNow } from './useNow';

export interface RunsViewProps {
  readonly client: Client;
  readonly host: Host;
}

/** The runs of all notebooks, newest first. */
export function RunsView({ client, host }: RunsViewProps): JSX.Element {
  const { texts } = host;
  const root = useRef<HTMLElement>(null);
  useKeptFocus(root);
  return (
    <TextsProvider texts={texts}>
      <section
        ref={root}
        className="jp-dataops-view jp-dataops-runs"
        aria-label={texts.__('Runs of all notebooks')}
        tabIndex={-1}
      >
        <Boundary texts={texts}>
          <Runs client={client} host={host} />
        </Boundary>
      </section>
    </TextsProvider>
  );
}

function Runs({ client, host }: RunsViewProps): JSX.Element {
  const texts = useTexts();
  const [runs, setRuns] = useState<readonly RunSummary[] | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [words, setWords] = useState('');
  const [state, setState] = useState<AnyState | ''>('');
  const wanted = useDeferredValue(words);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const follower = new RunsFollower(
      client,
      null,
      change => {
        setRuns(change);
        setProblem(null);
      },
      setProblem
    );
    return () => follower.dispose();
  }, [client, tries]);
  const shown = useMemo(() => (runs ?? []).filter(run => fits(run, wanted, state)), [runs, wanted, state]);
  const states = [...new Set((runs ?? []).map(run => run.state))];
  const notice = problem ? (
    <RefusalNotice
      refusal={problem}
      onRetry={() => {
        setProblem(null);
        setTries(tries + 1);
      }}
    />
  ) : null;
  if (runs === null) {
    return notice ?? <Loading />;
  }
  if (runs.length === 0) {
    return (
      notice ?? (
        <Empty icon="history" title={texts.__('No runs yet.')}>
          {texts.__('Runs of every notebook are listed here.')}
        </Empty>
      )
    );
  }
  return (
    <>
      {notice}
      <div className="jp-dataops-filter">
        <SearchField label={texts.__('Filter runs by name, notebook or user')} words={words} onWords={setWords} />
        <select
          className="jp-dataops-input"
          aria-label={texts.__('State')}
          value={state}
          onChange={event => setState(event.target.value as AnyState | '')}
        >
          <option value="">{texts.__('every state')}</option>
          {states.map(name => (
            <option key={name} value={name}>
              {texts.__(LOOKS[name].word)}
            </option>
          ))}
        </select>
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title={texts.__('No run fits the filter.')} />
      ) : (
        <RunsList runs={shown} client={client} host={host} />
      )}
    </>
  );
}

function fits(run: RunSummary, words: string, state: AnyState | ''): boolean {
  const text = `${run.name} ${run.path ?? ''} ${run.created_by} ${run.run_id}`.toLowerCase();
  return (state === '' || run.state === state) && text.includes(words.toLowerCase());
}

const ROW_PX = 46;

/** Only the rows in sight are in the page; the one that is chosen has its actions below the list. */
function RunsList({ runs, client, host }: RunsViewProps & { runs: readonly RunSummary[] }): JSX.Element {
  const texts = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = useMemo(() => evenRows(runs.length, ROW_PX), [runs.length]);
  const { first, end } = useWindow(scroller, rows);
  const run = runs.find(item => item.run_id === chosen);
  return (
    <>
      <div ref={scroller} className="jp-dataops-runs-list">
        <ul aria-label={texts.__('Runs')} style={{ height: rows.topOf(runs.length) }}>
          {runs.slice(first, end).map((item, index) => (
            <RunRow
              key={item.run_id}
              run={item}
              top={rows.topOf(first + index)}
              isChosen={item.run_id === chosen}
              onChoose={() => setChosen(item.run_id === chosen ? null : item.run_id)}
              onOpen={() => host.openRun?.(item)}
            />
          ))}
        </ul>
      </div>
      {run ? <RunActions key={run.run_id} run={run} client={client} host={host} /> : null}
    </>
  );
}

interface RunRowProps {
  readonly run: RunSummary;
  readonly top: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onOpen: () => void;
}

function RunRow({ run, top, isChosen, onChoose, onOpen }: RunRowProps): JSX.Element {
  const texts = useTexts();
  const word = useStateWord(run.state);
  const now = useNow(!isEnded(run));
  const ms = elapsedMs(run.started_at, run.finished_at, now);
  const { done, total } = progress(run);
  const parameters = formatParameters(run.parameters);
  return (
    <li style={{ top, height: ROW_PX }}>
      <button
        type="button"
        className="jp-dataops-run"
        aria-expanded={isChosen}
        onClick={onChoose}
        onDoubleClick={onOpen}
      >
        <span className="jp-dataops-run-line">
          <StateIcon state={run.state} isSaid />
          <span className="jp-dataops-hidden">{word}</span>
          <span className="jp-dataops-run-name" title={run.path ?? undefined}>
            {run.name}
          </span>
          <span className="jp-dataops-run-when" title={formatExactly(run.created_at)}>
            {formatWhen(run.created_at, now)}
          </span>
          <span className="jp-dataops-run-duration">{ms === null ? '' : formatDuration(ms)}</span>
        </span>
        <span className="jp-dataops-run-line jp-dataops-run-facts">
          <span className="jp-dataops-state-word" data-state={run.state}>
            {isEnded(run) ? word : texts.__('%1 of %2', done, total)}
          </span>
          {run.deployment ? <span className="jp-dataops-run-version">{versionText(run)}</span> : null}
          <span>{run.created_by}</span>
          {run.failed.length > 0 ? <span>{texts.__('failed: %1', run.failed.join(', '))}</span> : null}
          {parameters ? <span className="jp-dataops-code">{parameters}</span> : null}
        </span>
      </button>
    </li>
  );
}
