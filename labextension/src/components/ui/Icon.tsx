import type { JSX } from 'react';
import { type AnyState, LOOKS } from '../../model/states';
import { useTexts } from '../context';
import { type IconName, ICONS } from './icons';

function Strokes({ path, className }: { path: string; className: string }): JSX.Element {
  return (
    <svg className={className} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

/** Decoration only: what it stands for is said in words beside it, or by the name of its button. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return <Strokes path={ICONS[name]} className="jp-dataops-icon" />;
}

/** The icon of a state in its colour; its word is said to screen readers, unless it is `isSaid` already. */
export function StateIcon({ state, isSaid = false }: { state: AnyState; isSaid?: boolean }): JSX.Element {
  const word = useStateWord(state);
  return (
    <span className="jp-dataops-stateIcon" data-state={state} title={isSaid ? undefined : word}>
      <Strokes path={LOOKS[state].icon} className="jp-dataops-icon" />
      {isSaid ? null : <span className="jp-dataops-hidden">{word}</span>}
    </span>
  );
}

/** A state in colour, icon and word. */
export function StateChip({ state }: { state: AnyState }): JSX.Element {
  return (
    <span className="jp-dataops-chip" data-state={state}>
      <StateIcon state={state} isSaid />
      <span className="jp-dataops-chip-word">{useStateWord(state)}</span>
    </span>
  );
}

export function useStateWord(state: AnyState): string {
  return useTexts().__(LOOKS[state].word);
}
