// Numbers, times and durations in the form of the browser's locale and zone.
import { locale } from './i18n';

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale(), options).format(value);
}

export function formatPercent(value: number): string {
  return formatNumber(value / 100, { style: 'percent', maximumFractionDigits: 0 });
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

export function formatBytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log(value) / Math.log(1024)));
  return formatNumber(value / 1024 ** step, { style: 'unit', unit: byteUnits[step] ?? 'byte', unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: 1 });
}

export function formatTime(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(value),
  );
}

// A day of the calendar, which the server counts in UTC.
export function formatDay(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value));
}

export function formatTimeExact(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'full', timeStyle: 'long' }).format(
    new Date(value),
  );
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

// "3 hours ago", "in 5 minutes"; undefined when it is more than a week away.
export function formatRelative(value: string, now: number): string | undefined {
  const seconds = Math.round((new Date(value).getTime() - now) / 1000);
  if (Math.abs(seconds) > 7 * 86400) {
    return undefined;
  }
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (Math.abs(seconds) < 45) {
    return format.format(0, 'second');
  }
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) {
      return format.format(Math.trunc(seconds / size), unit);
    }
  }
  return format.format(0, 'second');
}

// Seconds as "2 d 3 h", "4 min 10 s": the two largest units.
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [unit, size] of steps) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || (unit === 'second' && parts.length === 0)) {
      parts.push(formatNumber(count, { style: 'unit', unit, unitDisplay: 'short' }));
    }
    if (parts.length === 2) {
      break;
    }
  }
  return parts.join(' ');
}

export function elapsed(from: string, to: string | null | undefined, now: number): number {
  const end = to ? new Date(to).getTime() : now;
  return Math.max(0, (end - new Date(from).getTime()) / 1000);
}
