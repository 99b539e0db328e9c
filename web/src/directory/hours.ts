/** The hours of a week as people write them: for each day a line such as `08:00–12:00, 13:00–16:00`. */
import { DAYS, type Day, type Opening } from './entries';

export type Week = Record<Day, string>;

const SPAN = /^(\d{1,2})(?:[:.](\d{2}))?\s*(?:[-–—]|s\/d|to)\s*(\d{1,2})(?:[:.](\d{2}))?$/;

/** Return the week that is written so. Hours that nothing separates stand together. */
export function week(hours: readonly Opening[]): Week {
  return Object.fromEntries(
    DAYS.map((day) => [
      day,
      hours
        .filter((each) => each.day === day)
        .map(({ opens, closes }) => `${opens}–${closes}`)
        .join(', '),
    ]),
  ) as Week;
}

/**
 * Return the hours of a week, and the days whose line cannot be read.
 *
 * `20:00–06:00` goes on into the next day, as nights do.
 */
export function hoursOf(written: Week): { hours: Opening[]; wrong: Day[] } {
  const wrong: Day[] = [];
  const found: Opening[] = [];
  DAYS.forEach((day, n) => {
    for (const text of written[day].split(/[,;]/).map((each) => each.trim())) {
      if (text === '') continue;
      const span = read(text);
      if (span === null) {
        if (!wrong.includes(day)) wrong.push(day);
      } else if (span.opens < span.closes) found.push(opening(day, span.opens, span.closes));
      else {
        found.push(opening(day, span.opens, 24 * 60));
        if (span.closes > 0) found.push(opening(DAYS[(n + 1) % 7] ?? day, 0, span.closes));
      }
    }
  });
  const order = (each: Opening) => `${DAYS.indexOf(each.day)} ${each.opens} ${each.closes}`;
  return { hours: found.sort((a, b) => (order(a) < order(b) ? -1 : 1)), wrong };
}

function read(text: string): { opens: number; closes: number } | null {
  const match = SPAN.exec(text);
  if (match === null) return null;
  const at = (hours: string | undefined, minutes: string | undefined) =>
    Number(minutes ?? 0) < 60 ? Number(hours) * 60 + Number(minutes ?? 0) : Number.NaN;
  const [opens, closes] = [at(match[1], match[2]), at(match[3], match[4])];
  const possible = opens < 24 * 60 && closes <= 24 * 60 && opens !== closes;
  return possible ? { opens, closes } : null;
}

function opening(day: Day, opens: number, closes: number): Opening {
  return { day, opens: clock(opens), closes: clock(closes) };
}

function clock(minutes: number): string {
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
