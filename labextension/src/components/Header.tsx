import type { JSX } from 'react';
import type { Connection } from '../api/client';
import type { RunSummary } from '../api/wire.generated';
import { countsOf, progress } from '../model/run';
import { LOOKS } from '../model/states';
import { useHost, useSelected, useSession, useTexts } from './context';
import type { Texts } from '../model/texts';
import { RunNotices } from './RunNotices';
import { RunPicker } from './RunPicker';
import { shownRun } from './sessionState';
import { Button } from './ui/Button';
import { Icon, StateIcon } from './ui/Icon';
import { Marked } from './ui/Marked';

/** What is shown, and how the way to Python is. */
export function Header(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const canReport = useHost().openReport !== undefined;
  const name = useSelected(state => state.source.preview?.name ?? shownRun(state)?.name ?? null);
  const path = useSelected(state => state.source.path);
  const run = useSelected(shownRun);
  return (
    <header className="jp-dataops-header">
      <div className="jp-dataops-header-line">
        <h2 className="jp-dataops-title" title={path ?? undefined}>
          {name ?? texts.__('Pipeline')}
        </h2>
        <ConnectionNote />
      </div>
      {run ? (
        <>
          <div className="jp-dataops-header-line">
            <RunPicker />
            {canReport ? (
              <Button
                look="quiet"
                icon="report"
                isIconOnly
                label={texts.__('Open the report of this run')}
                onClick={() => session.host.openReport?.(run.run_id)}
              />
            ) : null}
          </div>
          <Counts run={run} />
          <RunNotices key={run.run_id} run={run} />
        </>
      ) : null}
    </header>
  );
}

function ConnectionNote(): JSX.Element | null {
  const texts = useTexts();
  const connection = useSelected(state => state.connection);
  const words = wordsFor(connection, texts);
  // The element is always there: a live region has to be in the page before its text changes.
  return (
    <span className="jp-dataops-connection" role="status" data-connection={connection}>
      {words ? (
        <>
          <Icon name="plug" />
          <span>{words}</span>
        </>
      ) : null}
    </span>
  );
}

function wordsFor(connection: Connection, texts: Texts): string | null {
  switch (connection) {
    case 'connected':
      return null;
    case 'connecting':
      return texts.__('connecting…');
    case 'queued':
      return texts.__('kernel is busy: answers when the cell has ended');
    case 'lost':
      return texts.__('reconnecting…');
    case 'gone':
      return texts.__('kernel has ended: run this cell again');
  }
}

function RunReason({ text }: { text: string }): JSX.Element {
  return (
    <div className="jp-dataops-runReason">
      <Marked text={text} />
    </div>
  );
}

/** A bar of all nodes by state, and the same in words. */
function Counts({ run }: { run: RunSummary }): JSX.Element | null {
  const texts = useTexts();
  const { done, total } = progress(run);
  if (total === 0) {
    return run.reason ? <RunReason text={run.reason} /> : null;
  }
  const counts = countsOf(run);
  return (
    <>
      <div
        className="jp-dataops-counts-bar"
        role="progressbar"
        aria-label={texts.__('Nodes that have ended')}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
      >
        {counts.map(([state, count]) => (
          <span key={state} data-state={state} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul className="jp-dataops-counts" aria-label={texts.__('Nodes by state')}>
        {counts.map(([state, count]) => (
          <li key={state} data-state={state}>
            <StateIcon state={state} isSaid />
            {count} {texts.__(LOOKS[state].word)}
          </li>
        ))}
      </ul>
      {run.reason ? <RunReason text={run.reason} /> : null}
    </>
  );
}
