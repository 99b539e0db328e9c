/** Times and durations as people read them: days and hours are those of the centre's time zone. */

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

const FORMATS = new Map<string, Intl.DateTimeFormat>();
let zone: string | undefined;

/** Tell times by the clocks of this time zone from now on; before, they are by this computer's. */
export function useZone(name: string | undefined): void {
  if (name === zone) return;
  zone = name;
  FORMATS.clear();
}

function format(language: string, kind: string, options: Intl.DateTimeFormatOptions) {
  const key = language + kind;
  let made = FORMATS.get(key);
  if (made === undefined) {
    const place = language === 'id' ? 'id-ID' : 'en-GB';
    made = new Intl.DateTimeFormat(place, { ...options, timeZone: zone });
    FORMATS.set(key, made);
  }
  return made;
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
  const of = day(at, language);
  return of === day(now, language) ? timeOfDay(at) : `${of} ${timeOfDay(at, false)}`;
}

/** Return the first instant of a day that was chosen, as the service takes it; `after` adds days. */
export function instant(date: string, after = 0): string | undefined {
  if (!date) return undefined;
  const midnight = new Date(`${date}T00:00:00Z`);
  midnight.setUTCDate(midnight.getUTCDate() + after);
  const clock = midnight.getTime();
  const about = clock - ahead(clock);
  return new Date(clock - ahead(about)).toISOString(); // the clocks may have been changed between
}

/** Return how far the clocks of the time zone are ahead of UTC then, in milliseconds. */
function ahead(at: number): number {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  };
  const shown = format('en', 'whole', options).formatToParts(at);
  const of = (type: string) => Number(shown.find((each) => each.type === type)?.value);
  const clock = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return clock - Math.floor(at / 1000) * 1000;
}
