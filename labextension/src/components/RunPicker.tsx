import { type JSX, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { RunSummary } from '../api/wire.generated';
import { elapsedMs, formatDuration, formatWhen } from '../model/durations';
import { isEnded, latestOf, versionText } from '../model/run';
import { useSelected, useSession, useTexts } from './context';
import { shownRun } from './sessionState';
import { Icon, StateIcon, useStateWord } from './ui/Icon';
import { useNow } from './useNow';

const NO_RUNS: readonly RunSummary[] = [];
const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/** Which run is shown: the latest, unless another one is chosen from the list. */
export function RunPicker(): JSX.Element | null {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const runs = useSelected(state => state.runs) ?? NO_RUNS;
  const run = useSelected(shownRun);
  const isLatest = useSelected(state => state.panel.run === null);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!isOpen) {
      return;
    }
    list.current?.focus();
    const onDown = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) {
        setIsOpen(false);
      }
    };
    document.addEventListener('pointerdown', onDown, true);
    return () => document.removeEventListener('pointerdown', onDown, true);
  }, [isOpen]);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active, isOpen]);

  if (!run) {
    return null;
  }
  const open = () => {
    setActive(
      Math.max(
        0,
        runs.findIndex(item => item.run_id === run.run_id)
      )
    );
    setIsOpen(true);
  };
  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  const choose = (at: number) => {
    session.showRun(runs[at]?.run_id ?? null);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      setActive(Math.max(0, Math.min(runs.length - 1, active + step)));
    } else if (event.key === 'Enter' || event.key === ' ') {
      choose(active);
    } else if (event.key === 'Escape') {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="jp-dataops-picker" ref={box}>
      <button
        ref={button}
        type="button"
        className="jp-dataops-picker-button"
        aria-haspopup="listbox"
        aria-expanded={isOpen}
        onClick={() => (isOpen ? close() : open())}
        onKeyDown={event => {
          if (event.key === 'ArrowDown' && !isOpen) {
            event.preventDefault();
            open();
          }
        }}
      >
        <span className="jp-dataops-picker-shown">
          <span className="jp-dataops-hidden">{texts.__('Shown run:')} </span>
          <RunLine run={run} isLatest={isLatest} />
        </span>
        <Icon name="down" />
      </button>
      {isOpen ? (
        <ul
          ref={list}
          role="listbox"
          tabIndex={-1}
          className="jp-dataops-picker-list"
          aria-label={texts.__('Runs of this notebook')}
          aria-activedescendant={`${id}-${active}`}
          onKeyDown={onKeyDown}
          onBlur={event => {
            if (!box.current?.contains(event.relatedTarget)) {
              setIsOpen(false);
            }
          }}
        >
          {runs.map((item, at) => (
            <li
              key={item.run_id}
              id={`${id}-${at}`}
              role="option"
              aria-selected={item.run_id === run.run_id}
              data-active={at === active || undefined}
              onClick={() => choose(at)}
              onPointerMove={() => setActive(at)}
            >
              <RunLine run={item} isLatest={item === latestOf(runs)} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function RunLine({ run, isLatest }: { run: RunSummary; isLatest: boolean }): JSX.Element {
  const texts = useTexts();
  const isGoingOn = !isEnded(run);
  const now = useNow(isGoingOn);
  const ms = elapsedMs(run.started_at, run.finished_at, now);
  const word = useStateWord(run.state);
  return (
    <>
      <StateIcon state={run.state} isSaid />
      <span className="jp-dataops-state-word" data-state={run.state}>
        {word}
      </span>
      <span className="jp-dataops-run-when">{formatWhen(run.created_at, now)}</span>
      {run.deployment ? <span className="jp-dataops-run-version">{versionText(run)}</span> : null}
      {ms === null ? null : <span className="jp-dataops-run-duration">{formatDuration(ms)}</span>}
      {isLatest ? <span className="jp-dataops-run-latest">{texts.__('latest')}</span> : null}
    </>
  );
}
