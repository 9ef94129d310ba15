import { readDuration } from './typedDurations';
import type { Texts } from './texts';
import { type Weekday, whenOf } from './triggers';

const DAY_S = 86_400;
const HOUR_S = 3600;
const MINUTE_S = 60;

/**
 * When a trigger fires, as a sentence without full stop: those that the form makes, and plain intervals, in the user's
 * language; `told`, as Python says it in English, for all others.
 *
 * In English both say the same.
 */
export function triggerWords(trigger: string | null, told: string, texts: Texts): string {
  if (trigger === null) {
    return told;
  }
  const [, every] = /^every (\S+)$/.exec(trigger) ?? [];
  return (every === undefined ? cronWords(trigger, texts) : intervalWords(every, texts)) ?? told;
}

function cronWords(trigger: string, texts: Texts): string | null {
  const { when, zone } = whenOf(trigger);
  if (zone === null) {
    return null;
  }
  const { rhythm, time, minute, weekday, day } = when;
  const where = zone === 'UTC' ? zone : texts.__('%1 time', zone);
  switch (rhythm) {
    case 'hour':
      return minute === 0
        ? texts.__('At the start of every hour, %1', where)
        : texts.__('At minute %1 of every hour, %2', minute, where);
    case 'day':
      return texts.__('At %1 every day, %2', time, where);
    case 'weekday':
      return texts.__('At %1 on Monday through Friday, %2', time, where);
    case 'week':
      return texts.__('At %1 on %2, %3', time, weekdayWords(weekday, texts), where);
    case 'month':
      return day === 'L'
        ? texts.__('At %1 on the last day of every month, %2', time, where)
        : texts.__('At %1 on day %2 of every month, %3', time, day, where);
    case 'custom':
      return null;
  }
}

/** Those of one unit: of more, the order of words is another one in each language. */
function intervalWords(every: string, texts: Texts): string | null {
  const seconds = readDuration(every) ?? 0;
  if (seconds === 0) {
    return null;
  }
  if (seconds % DAY_S === 0) {
    return texts._n('Every %1 day', 'Every %1 days', seconds / DAY_S);
  }
  if (seconds % HOUR_S === 0 && seconds < DAY_S) {
    return texts._n('Every %1 hour', 'Every %1 hours', seconds / HOUR_S);
  }
  if (seconds % MINUTE_S === 0 && seconds < HOUR_S) {
    return texts._n('Every %1 minute', 'Every %1 minutes', seconds / MINUTE_S);
  }
  return seconds % 1 === 0 && seconds < MINUTE_S ? texts._n('Every %1 second', 'Every %1 seconds', seconds) : null;
}

export function weekdayWords(day: Weekday, texts: Texts): string {
  switch (day) {
    case 'MON':
      return texts.__('Monday');
    case 'TUE':
      return texts.__('Tuesday');
    case 'WED':
      return texts.__('Wednesday');
    case 'THU':
      return texts.__('Thursday');
    case 'FRI':
      return texts.__('Friday');
    case 'SAT':
      return texts.__('Saturday');
    case 'SUN':
      return texts.__('Sunday');
  }
}
