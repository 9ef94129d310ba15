import type { ScheduleView } from '../api/wire.generated';
import type { Texts } from './texts';
import { triggerWords } from './triggerWords';

/** Which are shown: those with the words in their name, notebook, trigger or environment. */
export function fitting(schedules: readonly ScheduleView[], words: string, texts: Texts): readonly ScheduleView[] {
  const wanted = words.trim().toLowerCase();
  return schedules.filter(one =>
    [one.name, one.path ?? one.notebook, triggerWords(one.trigger, one.told, texts), one.environment ?? '']
      .join(' ')
      .toLowerCase()
      .includes(wanted)
  );
}
