// When a task runs (TSK-18 to TSK-31): the fields, and the next times that come of them.
import { useEffect, useState } from 'preact/hooks';
import { post } from '../api/http';
import { explain } from '../api/problem';
import { code, t, tn } from '../lib/i18n';
import { formatTime } from '../lib/format';
import { scheduleOf, TARGETS, units, weekdays, type Schedule, type ScheduleValues } from '../lib/schedule';
import { ownZone, zones } from '../lib/zones';
import type { FieldSpec, FormValues } from '../parts/field';

const monthDays = [...Array.from({ length: 31 }, (_, n) => String(n + 1)), 'last'];

export const scheduleNames = ['when', 'at', 'step', 'unit', 'weekdays', 'monthly', 'dates', 'nth', 'time', 'start', 'end', 'zone'];

const every = (v: FormValues) => v['when'] === 'every';
const monthly = (v: FormValues, how: string) => every(v) && v['unit'] === 'month' && v['monthly'] === how;

// `builtin`: always repeated, and on the devices of all zones at once.
export function scheduleFields(zone: string, builtin = false): FieldSpec[] {
  const known = [...new Set([zone, ...zones()])].filter((name) => name !== TARGETS && name !== '');
  const zoneOptions = known.map((name) => ({ value: name, label: name === ownZone() ? t('schedule.own_zone', { zone: name }) : name }));
  const options = (family: string, values: readonly string[]) => values.map((value) => ({ value, label: code(family, value) }));
  const fields: FieldSpec[] = [
    { name: 'when', label: t('schedule.when'), type: 'radio', options: options('schedule_when', ['now', 'once', 'every']), hidden: () => builtin },
    { name: 'at', label: t('schedule.at'), type: 'datetime-local', required: true, hidden: (v) => v['when'] !== 'once' },
    { name: 'step', label: t('schedule.step'), type: 'number', required: true, min: 1, hidden: (v) => !every(v) },
    { name: 'unit', label: t('schedule.unit'), type: 'select', options: options('schedule_unit', units), hidden: (v) => !every(v) },
    {
      name: 'monthly',
      label: t('schedule.monthly'),
      type: 'radio',
      options: options('schedule_monthly', ['dates', 'nth']),
      hidden: (v) => !every(v) || v['unit'] !== 'month',
    },
    {
      name: 'dates',
      label: t('schedule.dates'),
      type: 'choices',
      columns: 'short',
      required: true,
      help: t('schedule.dates_help'),
      options: monthDays.map((day) => ({ value: day, label: day === 'last' ? t('schedule.last_day') : day })),
      hidden: (v) => !monthly(v, 'dates'),
    },
    {
      name: 'nth',
      label: t('schedule.nth'),
      type: 'choices',
      columns: 'short',
      required: true,
      options: ['1', '2', '3', '4', '5', 'last'].map((value) => ({ value, label: code('schedule_nth', value) })),
      hidden: (v) => !monthly(v, 'nth'),
    },
    {
      name: 'weekdays',
      label: t('schedule.weekdays'),
      type: 'choices',
      columns: 'short',
      required: true,
      options: options('weekday', weekdays),
      hidden: (v) => !every(v) || !(v['unit'] === 'week' || monthly(v, 'nth')),
    },
    { name: 'time', label: t('schedule.time'), type: 'time', required: true, hidden: (v) => !every(v) || v['unit'] === 'minutes' },
    { name: 'start', label: t('schedule.start'), type: 'datetime-local', help: t('schedule.start_help'), hidden: (v) => !every(v) },
    {
      name: 'end',
      label: t('schedule.end'),
      type: 'datetime-local',
      help: t('schedule.end_help'),
      hidden: (v) => !every(v),
    },
    {
      name: 'zone',
      label: t('region.timezone'),
      type: 'select',
      options: [...(builtin ? [] : [{ value: TARGETS, label: t('schedule.zone_targets') }]), ...zoneOptions],
      hidden: (v) => v['when'] === 'now',
    },
  ];
  return fields.map((field) => ({ ...field, pointer: `/schedule/${field.name}` }));
}

// The form's values hold those of the schedule.
export const scheduleIn = (values: FormValues, old?: Schedule) => scheduleOf(values as unknown as ScheduleValues, old);

interface Found {
  times: string[];
  error?: unknown;
}

// The next five times, as the server works them out.
export function NextTimes({ schedule }: { schedule: Schedule }) {
  const text = JSON.stringify(schedule);
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      if (schedule.when === 'now') {
        setFound(undefined);
        return;
      }
      post<Found>('/schedules/next', { schedule, count: 5 }).then(
        ({ data }) => current && setFound(data),
        (error: unknown) => current && setFound({ times: [], error }),
      );
    }, 250);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [text]);
  if (schedule.when === 'now' || !found) {
    return null;
  }
  return (
    <section class="next-times" aria-live="polite">
      <h2>{t('schedule.next')}</h2>
      {found.error !== undefined ? (
        <p class="quiet">{explain(found.error)}</p>
      ) : found.times.length === 0 ? (
        <p class="quiet">{t('schedule.never')}</p>
      ) : (
        <ol>
          {found.times.map((time) => (
            <li key={time}>
              <time dateTime={time}>{formatTime(time)}</time>
            </li>
          ))}
        </ol>
      )}
      {schedule.zone === TARGETS && <p class="quiet">{t('schedule.next_targets')}</p>}
    </section>
  );
}

function everyText(unit: string, step: number): string {
  switch (unit) {
    case 'minutes':
      return tn('schedule.every_minutes', step);
    case 'week':
      return tn('schedule.every_week', step);
    case 'month':
      return tn('schedule.every_month', step);
    default:
      return tn('schedule.every_day', step);
  }
}

// A schedule in words, for lists.
export function scheduleText(schedule: Schedule | null | undefined): string {
  if (!schedule || schedule.when === 'now') {
    return t('schedule_when.now');
  }
  if (schedule.when === 'once') {
    return schedule.at?.replace('T', ' ') ?? t('schedule_when.once');
  }
  const unit = schedule.unit ?? 'day';
  const step = schedule.step ?? 1;
  const days = (schedule.weekdays ?? []).map((day) => code('weekday', day)).join(', ');
  const parts = [
    everyText(unit, step),
    (schedule.nth ?? []).map((n) => code('schedule_nth', n)).join(', '),
    days,
    (schedule.dates ?? []).map((date) => (date === 'last' ? t('schedule.last_day') : `${date}.`)).join(', '),
    schedule.time ?? '',
  ];
  return parts.filter(Boolean).join(' · ');
}
