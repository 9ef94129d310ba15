import { type JSX, memo } from 'react';
import type { RunSummary } from '../../api/wire.generated';
import { elapsedMs, formatDuration, formatExactly, formatWhen } from '../../model/durations';
import { formatParameters } from '../../model/parameters';
import { askedText, isEnded, versionText } from '../../model/run';
import { useSelected, useSession, useTexts } from '../context';
import { shownRunId } from '../sessionState';
import { Empty } from '../ui/Empty';
import { StateIcon, useStateWord } from '../ui/Icon';
import { RunCounts } from '../RunCounts';
import { RefusalNotice } from '../ui/Notice';
import { Loading } from '../ui/Waiting';
import { useNow } from '../useNow';

/** Runs of this notebook, newest first; how long they took is seen side by side. */
export function History(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const runs = useSelected(state => state.runs);
  const problem = useSelected(state => state.runsProblem);
  const shown = useSelected(shownRunId);
  const isLive = runs?.some(run => !isEnded(run)) ?? false;
  const now = useNow(isLive);
  if (problem) {
    return <RefusalNotice refusal={problem} onRetry={() => session.followAgain()} />;
  }
  if (runs === null) {
    return <Loading />;
  }
  if (runs.length === 0) {
    return (
      <Empty icon="history" title={texts.__('No runs yet.')}>
        {texts.__('Each run of this notebook is kept here, with its logs and results.')}
      </Empty>
    );
  }
  const longest = Math.max(...runs.map(run => elapsedMs(run.started_at, run.finished_at, now) ?? 0), 1);
  return (
    <ul className="jp-dataops-history" aria-label={texts.__('Runs of this notebook')}>
      {runs.map(run => (
        <HistoryRow
          key={run.run_id}
          run={run}
          isShown={run.run_id === shown}
          now={isEnded(run) ? 0 : now}
          longest={longest}
          onShow={() => session.showRun(run.run_id)}
        />
      ))}
    </ul>
  );
}

interface HistoryRowProps {
  readonly run: RunSummary;
  readonly isShown: boolean;
  readonly now: number;
  readonly longest: number;
  readonly onShow: () => void;
}

const HistoryRow = memo(
  function HistoryRow({ run, isShown, now, longest, onShow }: HistoryRowProps) {
    const texts = useTexts();
    const today = useNow(false);
    const word = useStateWord(run.state);
    const ms = elapsedMs(run.started_at, run.finished_at, now);
    const parameters = formatParameters(run.parameters);
    const failed = run.failed.join(', ');
    return (
      <li>
        <button type="button" className="jp-dataops-run" aria-current={isShown || undefined} onClick={onShow}>
          <span className="jp-dataops-run-line">
            <StateIcon state={run.state} isSaid />
            <span className="jp-dataops-state-word" data-state={run.state}>
              {word}
            </span>
            <span className="jp-dataops-run-when" title={formatExactly(run.created_at)}>
              {formatWhen(run.created_at, today)}
            </span>
            <span className="jp-dataops-run-duration">{ms === null ? '' : formatDuration(ms)}</span>
          </span>
          <span className="jp-dataops-run-bar" aria-hidden="true">
            <span data-state={run.state} style={{ width: `${((ms ?? 0) / longest) * 100}%` }} />
          </span>
          <span className="jp-dataops-run-line jp-dataops-run-facts">
            {run.deployment ? <span className="jp-dataops-run-version">{versionText(run)}</span> : null}
            <RunCounts run={run} />
            <span>{askedText(run, texts)}</span>
            <span>{run.created_by}</span>
            {run.select ? <span className="jp-dataops-code">{run.select}</span> : null}
            {parameters ? <span className="jp-dataops-code">{parameters}</span> : null}
            {failed ? <span>{texts.__('failed: %1', failed)}</span> : null}
          </span>
        </button>
      </li>
    );
  },
  (before, after) =>
    before.run === after.run &&
    before.isShown === after.isShown &&
    before.now === after.now &&
    before.longest === after.longest
);
