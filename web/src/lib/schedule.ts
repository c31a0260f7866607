// A schedule of the REST API and the flat values of a form that edits it (TSK-18 to TSK-31).
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const units = ['minutes', 'day', 'week', 'month'] as const;
export const TARGETS = 'targets'; // the zone of each target's region (TSK-20)

export interface Schedule {
  when: 'now' | 'once' | 'every';
  at?: string;
  unit?: (typeof units)[number];
  step?: number;
  time?: string;
  weekdays?: string[];
  dates?: (number | 'last')[];
  nth?: (number | 'last')[];
  start?: string;
  end?: string;
  since?: string;
  zone?: string;
}

export interface ScheduleValues {
  when: string;
  at: string;
  unit: string;
  step: string;
  time: string;
  weekdays: string[];
  monthly: string; // by dates, or by the n-th days of the week
  dates: string[];
  nth: string[];
  start: string;
  end: string;
  zone: string;
  [name: string]: string | string[];
}

const texts = (values: (number | string)[] | undefined) => (values ?? []).map(String);
const numbers = (values: string[]) => values.map((value) => (value === 'last' ? 'last' : Number(value)));
const byNumber = (a: string, b: string) => (a === 'last' ? 1 : b === 'last' ? -1 : Number(a) - Number(b));

// The nearest full hour from tomorrow's date on: what a person would otherwise type.
export function tomorrow(now: Date): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 2);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:00`;
}

export function scheduleValues(schedule: Schedule, zone: string, now = new Date()): ScheduleValues {
  return {
    when: schedule.when,
    at: schedule.at ?? tomorrow(now),
    unit: schedule.unit ?? 'day',
    step: String(schedule.step ?? 1),
    time: schedule.time ?? '02:00',
    weekdays: [...(schedule.weekdays ?? [])],
    monthly: schedule.nth ? 'nth' : 'dates',
    dates: texts(schedule.dates),
    nth: texts(schedule.nth),
    start: schedule.start ?? '',
    end: schedule.end ?? '',
    zone: schedule.zone ?? zone,
  };
}

// Only what the choice needs. `since` of the old schedule stays: steps go on being counted from it.
export function scheduleOf(values: ScheduleValues, old?: Schedule): Schedule {
  const { when, unit, zone } = values;
  if (when === 'now') {
    return { when: 'now' };
  }
  if (when === 'once') {
    return { when: 'once', at: values.at, zone };
  }
  const out: Schedule = { when: 'every', unit: unit as Schedule['unit'] & string, step: Number(values.step), zone };
  if (unit !== 'minutes') {
    out.time = values.time;
  }
  if (unit === 'week' || (unit === 'month' && values.monthly === 'nth')) {
    out.weekdays = weekdays.filter((day) => values.weekdays.includes(day));
  }
  if (unit === 'month') {
    const name = values.monthly === 'nth' ? 'nth' : 'dates';
    out[name] = numbers([...values[name]].sort(byNumber)) as (number | 'last')[];
  }
  if (values.start) {
    out.start = values.start;
  } else if (old?.since && old.unit === unit) {
    out.since = old.since;
  }
  if (values.end) {
    out.end = values.end;
  }
  return out;
}
