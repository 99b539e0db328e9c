/**
 * Places as people write them: degrees with decimals, or degrees, minutes and seconds.
 *
 * What is typed comes from a radio, a message or another program, in Indonesian or English, with
 * a decimal point or comma. What could mean two places is refused, and says why.
 */
import type { Place } from './camera';
import type { Language } from '../lib/i18n/languages';

/** What is wrong with what was typed; each has its words (`map.wrong.…`). */
export type Fault =
  | 'empty'
  | 'strange'
  | 'half'
  | 'too-many'
  | 'swapped'
  | 'latitude'
  | 'longitude'
  | 'sixty'
  | 'fraction'
  | 'order'
  | 'same-axis'
  | 'sign-and-letter';

export type Read = { readonly place: Place } | { readonly fault: Fault };

interface Half {
  readonly degrees: number;
  readonly axis: 'latitude' | 'longitude' | null;
}

class Wrong extends Error {
  constructor(readonly fault: Fault) {
    super(fault);
  }
}

type Token =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'mark'; readonly order: number }
  | { readonly kind: 'letter'; readonly axis: 'latitude' | 'longitude'; readonly sign: 1 | -1 }
  | { readonly kind: 'between' };

const LETTERS: Readonly<Record<string, ['latitude' | 'longitude', 1 | -1]>> = {
  N: ['latitude', 1],
  U: ['latitude', 1],
  LU: ['latitude', 1],
  S: ['latitude', -1],
  LS: ['latitude', -1],
  E: ['longitude', 1],
  T: ['longitude', 1],
  BT: ['longitude', 1],
  W: ['longitude', -1],
  B: ['longitude', -1],
  BB: ['longitude', -1],
};

const MARKS = ['°', "'", '"'];

/** Return the place that a text names, or what is wrong with it. */
export function read(typed: string): Read {
  const text = plain(typed);
  if (text === '') return { fault: 'empty' };
  try {
    return { place: placed(...halves(tokens(text))) };
  } catch (error) {
    if (error instanceof Wrong) return { fault: error.fault };
    throw error;
  }
}

function plain(typed: string): string {
  return typed
    .trim()
    .toUpperCase()
    .replace(/^GEO:([^;?]*).*$/, '$1')
    .replace(/[−–]/g, '-')
    .replace(/[º˚]|\bDERAJAT\b|\bDEG\b/g, '°')
    .replace(/''|[″”“]/g, '"')
    .replace(/[′’‘`´]/g, "'");
}

/** A comma within digits is a decimal one, unless points are. */
function tokens(text: string): Token[] {
  const comma = !/\d\.\d/.test(text);
  const number = comma ? /[+-]?\d+(?:,\d+)?/y : /[+-]?\d+(?:\.\d+)?/y;
  const other = /\s+|[,;/]|[°'"]|[A-Z]+/y;
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    number.lastIndex = other.lastIndex = at;
    const digits = number.exec(text)?.[0];
    const rest = digits === undefined ? other.exec(text)?.[0] : undefined;
    if (digits !== undefined) {
      found.push({ kind: 'number', text: digits.replace(',', '.') });
    } else if (rest === undefined) {
      throw new Wrong('strange');
    } else if (MARKS.includes(rest)) {
      found.push({ kind: 'mark', order: MARKS.indexOf(rest) });
    } else if (/^[,;/]$/.test(rest)) {
      found.push({ kind: 'between' });
    } else if (rest.trim() !== '') {
      const letter = LETTERS[rest];
      if (letter === undefined) throw new Wrong('strange');
      found.push({ kind: 'letter', axis: letter[0], sign: letter[1] });
    }
    at += (digits ?? rest ?? '').length;
  }
  return found;
}

function halves(all: Token[]): [Half, Half] {
  const numbers = all.filter(({ kind }) => kind === 'number').length;
  if (numbers === 0) throw new Wrong('strange');
  if (numbers === 1) throw new Wrong('half');
  const cut = boundary(all, numbers);
  const between = (token: Token): boolean => token.kind !== 'between';
  const [first, second] = [all.slice(0, cut).filter(between), all.slice(cut).filter(between)];
  return [half(first), half(second)];
}

/** Return the index of the token with which the second half begins. */
function boundary(all: Token[], numbers: number): number {
  const at = (kind: Token['kind']): number[] =>
    all.flatMap((each, n) => (each.kind === kind ? n : []));
  const [between, letters] = [at('between'), at('letter')];
  if (between.length > 1) throw new Wrong('too-many');
  if (between[0] !== undefined) return between[0];
  const [one, other] = letters;
  if (one !== undefined && other !== undefined) return one === 0 ? other : one + 1;
  const signs = all.flatMap((each, n) =>
    each.kind === 'number' && /^[+-]/.test(each.text) && n > 0 ? n : [],
  );
  if (signs.length === 1 && signs[0] !== undefined) return signs[0];
  const degrees = all.flatMap((each, n) => (each.kind === 'mark' && each.order === 0 ? n - 1 : []));
  if (degrees.length === 2 && degrees[1] !== undefined) return degrees[1];
  if (numbers % 2 === 1) throw new Wrong(numbers === 3 ? 'half' : 'too-many');
  return at('number')[numbers / 2] ?? 0;
}

function half(these: Token[]): Half {
  let axis: Half['axis'] = null;
  let sign = 0;
  const parts: string[] = [];
  let marked = -1;
  for (const [n, token] of these.entries()) {
    if (token.kind === 'letter') {
      if (axis !== null) throw new Wrong('same-axis');
      if (n !== 0 && n !== these.length - 1) throw new Wrong('strange');
      [axis, sign] = [token.axis, token.sign];
    } else if (token.kind === 'number') {
      parts.push(token.text);
    } else if (token.kind === 'mark') {
      if (token.order <= marked || token.order !== parts.length - 1) throw new Wrong('order');
      marked = token.order;
    }
  }
  if (parts.length === 0) throw new Wrong('half');
  if (parts.length > 3) throw new Wrong('too-many');
  return { degrees: angle(parts, sign), axis };
}

function angle(parts: readonly string[], sign: number): number {
  const [first = '', ...rest] = parts;
  if (rest.some((part) => /^[+-]/.test(part))) throw new Wrong('strange');
  if (parts.slice(0, -1).some((part) => part.includes('.'))) throw new Wrong('fraction');
  if (rest.some((part) => Number(part) >= 60)) throw new Wrong('sixty');
  if (sign !== 0 && /^[+-]/.test(first)) throw new Wrong('sign-and-letter');
  const [degrees, minutes = 0, seconds = 0] = parts.map((part) => Math.abs(Number(part)));
  const size = (degrees ?? 0) + minutes / 60 + seconds / 3600;
  return size * (sign === 0 ? (first.startsWith('-') ? -1 : 1) : sign);
}

function placed(first: Half, second: Half): Place {
  if (first.axis !== null && first.axis === second.axis) throw new Wrong('same-axis');
  const turned = first.axis === 'longitude' || second.axis === 'latitude';
  const [latitude, longitude] = turned
    ? [second.degrees, first.degrees]
    : [first.degrees, second.degrees];
  const said = first.axis !== null || second.axis !== null;
  if (!said && Math.abs(latitude) > 90 && Math.abs(latitude) <= 180 && Math.abs(longitude) <= 90)
    throw new Wrong('swapped');
  if (Math.abs(latitude) > 90) throw new Wrong('latitude');
  if (Math.abs(longitude) > 180) throw new Wrong('longitude');
  return rounded({ latitude, longitude });
}

/** Return a place to five decimals, which is a metre. */
export function rounded({ latitude, longitude }: Place): Place {
  const round = (value: number): number => Math.round(value * 1e5) / 1e5 + 0; // no -0
  return { latitude: round(latitude), longitude: round(longitude) };
}

/** Return a place as it may be typed: `-2.20960, 113.92130`. */
export function decimal({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Return a place as it is said on a radio: `2°12′34,6″ LS, 113°55′16,7″ BT`. */
export function sexagesimal({ latitude, longitude }: Place, language: Language): string {
  const [north, south, east, west] =
    language === 'id' ? ['LU', 'LS', 'BT', 'BB'] : ['N', 'S', 'E', 'W'];
  const one = (value: number): string => {
    const tenths = Math.round(Math.abs(value) * 36_000);
    const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
    const minutes = String(Math.floor(tenths / 600) % 60).padStart(2, '0');
    const shown = language === 'id' ? seconds.replace('.', ',') : seconds;
    return `${Math.floor(tenths / 36_000)}°${minutes}′${shown}″`;
  };
  return `${one(latitude)} ${latitude < 0 ? south : north}, ${one(longitude)} ${longitude < 0 ? west : east}`;
}

/** A place that the network told, and how many metres off it may be. */
export interface Reported extends Place {
  readonly uncertainty: number | null;
}

/** Return the place in what the network said of a caller (`geo:…;u=…`, RFC 5870); null if none. */
export function reported(location: string | null): Reported | null {
  if (location === null) return null;
  const [coordinates = '', ...parameters] = location.split(';');
  const found = read(coordinates);
  if (!('place' in found)) return null;
  const said = parameters.find((each) => /^\s*u=/i.test(each))?.replace(/^\s*u=/i, '');
  const uncertainty = Number.parseFloat(said ?? '');
  return { ...found.place, uncertainty: uncertainty >= 0 ? uncertainty : null };
}
