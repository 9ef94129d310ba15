/** Simple choices of when to run, and the text of a trigger: each says what the other does. */

export type Rhythm = 'hour' | 'day' | 'weekday' | 'week' | 'month' | 'custom';

export const RHYTHMS: readonly Rhythm[] = ['hour', 'day', 'weekday', 'week', 'month', 'custom'];

export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** `L`: the last of the month. */
export type DayOfMonth = number | 'L';

export interface When {
  readonly rhythm: Rhythm;
  /** Of `hour`: minutes after it. */
  readonly minute: number;
  /** Of the others: `HH:MM`. */
  readonly time: string;
  readonly weekday: Weekday;
  readonly day: DayOfMonth;
  /** Of `custom`: the trigger, as one writes it. */
  readonly text: string;
}

export const FIRST_WHEN: When = { rhythm: 'day', minute: 0, time: '06:00', weekday: 'MON', day: 1, text: '' };

/** The trigger as one writes it; empty where the form says none yet. */
export function triggerOf({ rhythm, minute, time, weekday, day, text }: When): string {
  const [hours, minutes] = time.split(':').map(Number);
  if (rhythm === 'custom') {
    return text.trim();
  }
  if (rhythm === 'hour') {
    return `${minute} * * * *`;
  }
  if (hours === undefined || minutes === undefined || Number.isNaN(hours + minutes)) {
    return '';
  }
  const days = { day: '* * *', weekday: '* * MON-FRI', week: `* * ${weekday}`, month: `${day} * *` } as const;
  return `${minutes} ${hours} ${days[rhythm]}`;
}

/** Every choice, with what one chose before kept: the text of `custom` begins as what was chosen so far. */
export function chooseRhythm(when: When, rhythm: Rhythm): When {
  return { ...when, rhythm, text: rhythm === 'custom' ? triggerOf(when) : when.text };
}

const FIELDS = /^(?:cron )?(\S+ \S+ \S+ \S+ \S+)(?: tz=(\S+))?$/;

/** What the form shows for a trigger that there is; `zone`: the one that it says, of a single cron expression. */
export function whenOf(trigger: string): { when: When; zone: string | null } {
  const custom = { ...FIRST_WHEN, rhythm: 'custom', text: trigger } as const;
  const [, fields, zone] = FIELDS.exec(trigger.trim()) ?? [];
  if (fields === undefined) {
    return { when: custom, zone: null };
  }
  const simple = simpleWhen(fields.toUpperCase());
  return { when: simple ?? { ...custom, text: fields }, zone: zone ?? null };
}

function simpleWhen(fields: string): When | null {
  const [minute = '', hour = '', day = '', month, weekday = ''] = fields.split(' ');
  if (!/^\d+$/.test(minute) || month !== '*') {
    return null;
  }
  if (`${hour} ${day} ${weekday}` === '* * *') {
    return { ...FIRST_WHEN, rhythm: 'hour', minute: Number(minute) };
  }
  if (!/^\d+$/.test(hour)) {
    return null;
  }
  const base = { ...FIRST_WHEN, time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` };
  if (day === '*') {
    const known = weekdayOf(weekday);
    const rhythm = weekday === '*' ? 'day' : /^(1-5|MON-FRI)$/.test(weekday) ? 'weekday' : known ? 'week' : null;
    return rhythm && { ...base, rhythm, weekday: known ?? base.weekday };
  }
  const isDay = /^(L|[1-9]|[12]\d|3[01])$/.test(day) && weekday === '*';
  return isDay ? { ...base, rhythm: 'month', day: day === 'L' ? 'L' : Number(day) } : null;
}

function weekdayOf(text: string): Weekday | null {
  // Cron has Sunday as 0 and as 7.
  const name = /^[0-7]$/.test(text) ? WEEKDAYS[(Number(text) + 6) % 7] : text;
  return WEEKDAYS.find(day => day === name) ?? null;
}
