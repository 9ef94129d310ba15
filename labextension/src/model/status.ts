import type { Preview, RunSummary } from '../api/wire.generated';
import type { Texts } from './texts';
import { isEnded, progress } from './run';
import { type AnyState, LOOKS } from './states';

/** What the status bar says. Never the word "idle": tests of other extensions wait for the kernel's. */
export interface Status {
  readonly state: AnyState;
  readonly text: string;
  /** From 0 to 1, while a run goes on. */
  readonly progress: number | null;
}

/** `null`: there is nothing to say, the notebook is no pipeline. */
export function statusOf(preview: Preview | null, run: RunSummary | null, texts: Texts): Status | null {
  if (run !== null && !isEnded(run)) {
    const { done, total } = progress(run);
    const text =
      total > 0 ? `${run.name}: ${done}/${total} ${word(run.state, texts)}` : `${run.name}: ${word(run.state, texts)}`;
    return { state: run.state, text, progress: total > 0 ? done / total : 0 };
  }
  if (preview === null || !preview.is_pipeline) {
    return null;
  }
  // Errors keep it from running; beside them, whatever the panel lists is counted here too.
  if (preview.diagnostics.some(({ severity }) => severity === 'error')) {
    const problems = preview.diagnostics.length;
    const text = `${preview.name}: ${texts._n('%1 problem', '%1 problems', problems, problems)}`;
    return { state: 'warned', text, progress: null };
  }
  const state = run?.state ?? 'none';
  return { state, text: `${preview.name}: ${run ? word(run.state, texts) : texts.__('ready')}`, progress: null };
}

function word(state: AnyState, texts: Texts): string {
  return texts.__(LOOKS[state].word);
}
