import { expect, test } from 'vitest';
import {
  ABOUTS,
  answers,
  chosen,
  doer,
  figures,
  subjects,
  tone,
  written,
} from '../src/timeline/story';
import type { Moment } from '../src/timeline/story';

const ALL = { abouts: ABOUTS, agency: '' };

function moment(at: number, what: string, more: Partial<Moment> = {}): Moment {
  const time = new Date(Date.UTC(2026, 10, 26, 12, 0, at)).toISOString();
  return {
    at: time,
    about: 'call',
    what,
    who: '',
    subject: 'c1',
    detail: {},
    id: 'c1',
    centre: '',
    neighbour: null,
    reason: null,
    ...more,
  };
}

const step = (at: number, what: string, agency = 'damkar') =>
  moment(at, what, { about: 'handoff', subject: agency });

test('each moment has a key of its own, which others between do not change', () => {
  const twice = [step(1, 'note'), step(1, 'note'), step(9, 'accepted')];
  const keys = chosen(twice, ALL).map(({ key }) => key);
  expect(new Set(keys).size).toBe(3);
  const more = chosen([moment(0, 'arrived'), ...twice], ALL).map(({ key }) => key);
  expect(more.slice(1)).toEqual(keys);
});

test('what is shown is chosen by its kind, and handoffs by their agency too', () => {
  const all = [moment(0, 'arrived'), step(1, 'queued'), step(2, 'queued', 'polisi')];
  const shown = (abouts: string[], agency: string) =>
    chosen(all, { abouts, agency }).map(({ moment: each }) => each.subject);
  expect(shown(['handoff'], '')).toEqual(['damkar', 'polisi']);
  expect(shown(['call', 'handoff'], 'polisi')).toEqual(['c1', 'polisi']);
  expect(shown([], '')).toEqual([]);
  expect(subjects(all, 'handoff')).toEqual(['damkar', 'polisi']);
});

test('the intervals last until what they wait for has come', () => {
  const at = (second: number) => Date.UTC(2026, 10, 26, 12, 0, second);
  const told = [moment(0, 'arrived'), moment(7, 'answered')];
  expect(figures(told)).toEqual([
    { name: 'answered', from: at(0), until: at(7) },
    { name: 'handed', from: at(7), until: null },
    { name: 'accepted', from: null, until: null },
    { name: 'on_scene', from: null, until: null },
  ]);
  const later = [...told, step(20, 'queued'), step(30, 'en_route'), step(50, 'on_scene')];
  expect(figures(later).map(({ from, until }) => [from, until])).toEqual([
    [at(0), at(7)],
    [at(7), at(20)],
    [at(20), at(30)],
    [at(0), at(50)],
  ]);
});

test('half a place is none, and a place is one', () => {
  expect(written({ address: 'Jl. Contoh', latitude: '-2.1', longitude: '113.9' })).toEqual([
    ['address', 'Jl. Contoh'],
    ['place', '-2.1, 113.9'],
  ]);
  expect(written({ latitude: '', longitude: '' })).toEqual([['place', '']]);
});

test('what wants somebody stands out', () => {
  expect(tone(step(0, 'declined'))).toBe('alarm');
  expect(tone(step(0, 'accepted'))).toBe('talk');
  expect(tone(step(0, 'sent'))).toBe('neutral');
  expect(tone(moment(0, 'ended', { detail: { outcome: 'abandoned' } }))).toBe('alarm');
  expect(tone(moment(0, 'ended', { detail: { outcome: 'answered' } }))).toBe('neutral');
});

test('who says the steps of what another centre asks is told apart from who asked', () => {
  const said = (who: string, purpose?: string) =>
    answers({ ...step(0, 'accepted', 'ktm'), who, detail: purpose ? { purpose } : {} });
  expect(said('sari', 'received')).toBe(true);
  expect(said('sip112', 'received')).toBe(true);
  expect(said('agency:ktm Dewi', 'received')).toBe(false);
  expect(said('sari')).toBe(false);
});

test('who did it is a person, an agency and a name there, or nobody', () => {
  expect(doer('sari')).toEqual({ agency: '', name: 'sari' });
  expect(doer('agency:damkar Regu B')).toEqual({ agency: 'damkar', name: 'Regu B' });
  expect(doer('agency:damkar')).toEqual({ agency: 'damkar', name: '' });
  expect(doer('sip112')).toEqual({ agency: '', name: '' });
});
