/** Times and durations as people read them. */

/**
 * Return how far the service's clock is ahead of ours, in milliseconds.
 *
 * A `Date` header has whole seconds: what lies within its second and the way there and back is
 * no reason to move.
 */
export function adjusted(before: number, date: number, sent: number, received: number): number {
  if (!Number.isFinite(date)) return before;
  const least = date - received;
  const most = date + 1000 - sent;
  if (least <= before && before <= most) return before;
  return (least + most) / 2;
}

/** Return a duration: `0:07`, `12:34`, `1:02:03`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const pad = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

const FORMATS: Record<string, Intl.DateTimeFormat> = {};

function format(language: string, kind: string, options: Intl.DateTimeFormatOptions) {
  return (FORMATS[language + kind] ??= new Intl.DateTimeFormat(
    language === 'id' ? 'id-ID' : 'en-GB',
    options,
  ));
}

/** Return the time of day, `14:03:27`, in either language with colons. */
export function timeOfDay(at: number | string, seconds = true): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (seconds) options.second = '2-digit';
  return format('en', `time${seconds}`, { ...options, hourCycle: 'h23' }).format(new Date(at));
}

/** Return the day, `26 Nov 2026`. */
export function day(at: number | string, language: string): string {
  const options = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  return format(language, 'day', options).format(new Date(at));
}

/** Return the time of day if it is of today, and the day with it if not. */
export function moment(at: number | string, now: number, language: string): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return timeOfDay(at);
  return `${day(at, language)} ${timeOfDay(at, false)}`;
}

/** Return the first instant of a day that was chosen, as the service takes it; `after` adds days. */
export function instant(date: string, after = 0): string | undefined {
  if (!date) return undefined;
  const first = new Date(`${date}T00:00:00`);
  first.setDate(first.getDate() + after);
  return first.toISOString();
}
