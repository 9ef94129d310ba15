import type { Texts } from '../model/texts';
import { LOOKS, type AnyState } from '../model/states';
import type { GraphNode, NodeLook } from './model';

/** `attempt 2`; empty for the first. */
export function attemptWords(attempt: number | undefined, texts: Texts): string {
  return attempt !== undefined && attempt > 1 ? texts.__('attempt %1', attempt) : '';
}

export function stateWord(state: AnyState, texts: Texts): string {
  return texts.__(LOOKS[state].word);
}

/** Second lines for a node, each shorter than the one before. */
export function notes(look: NodeLook, texts: Texts): string[] {
  const word = stateWord(look.state, texts);
  const attempt = attemptWords(look.attempt, texts);
  const progress = look.progress && look.children ? `${look.progress.done}/${look.progress.total}` : '';
  const joined = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(' · ');
  return [
    joined(word, progress, look.duration, attempt),
    joined(word, progress || look.duration, attempt),
    joined(progress || look.duration || word, attempt),
    progress || word
  ];
}

/** All that a node shows, in words: its name for screen readers. */
export function describe(node: GraphNode, look: NodeLook, texts: Texts): string {
  const { progress, checks } = look;
  const kind =
    node.kind === 'each'
      ? texts.__('Node %1, for each element', node.label)
      : node.kind === 'notebook'
        ? texts.__('Node %1, a notebook', node.label)
        : texts.__('Node %1', node.label);
  const isUnknown = !checks || checks.passed + checks.failed + checks.warned === 0;
  return [
    kind,
    stateWord(look.state, texts),
    progress && !LOOKS[look.state].isDone ? texts.__('%1 of %2 done', progress.done, progress.total) : '',
    look.duration,
    attemptWords(look.attempt, texts),
    checks?.failed ? texts._n('%1 check failed', '%1 checks failed', checks.failed) : '',
    checks?.warned ? texts._n('%1 check warned', '%1 checks warned', checks.warned) : '',
    checks?.passed ? texts._n('%1 check passed', '%1 checks passed', checks.passed) : '',
    node.checks && isUnknown ? texts._n('%1 check', '%1 checks', node.checks) : '',
    look.isCritical ? texts.__('on the critical path') : '',
    look.isEdited ? texts.__('edited since') : ''
  ]
    .filter(Boolean)
    .join(', ');
}
