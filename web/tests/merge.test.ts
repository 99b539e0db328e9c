import { expect, test } from 'vitest';
import {
  BLANK,
  bodyOf,
  fieldsOf,
  lengthOf,
  placeOf,
  valueOf,
  type Ticket,
} from '../src/lib/ticket/fields';
import { merge } from '../src/lib/ticket/merge';

const base = { ...BLANK, address: 'a', narrative: 'n' };

test('nobody changed anything', () => {
  expect(merge(base, {}, base)).toEqual({ mine: {}, conflicts: [], taken: [] });
});

test('each has changed a field of their own', () => {
  expect(merge(base, { narrative: 'ours' }, { ...base, address: 'theirs' })).toEqual({
    mine: { narrative: 'ours' },
    conflicts: [],
    taken: ['address'],
  });
});

test('both have changed a field to the same', () => {
  const both = { ...base, address: 'same' };
  expect(merge(base, { address: 'same' }, both)).toEqual({ mine: {}, conflicts: [], taken: [] });
});

test('both have changed a field to different things', () => {
  expect(merge(base, { address: 'ours' }, { ...base, address: 'theirs' })).toEqual({
    mine: { address: 'ours' },
    conflicts: ['address'],
    taken: [],
  });
});

test('one emptied what the other changed', () => {
  expect(merge(base, { address: null }, { ...base, address: 'theirs' }).conflicts).toEqual([
    'address',
  ]);
  expect(merge(base, { address: 'ours' }, { ...base, address: null }).conflicts).toEqual([
    'address',
  ]);
});

test('a conflict stays one until both say the same', () => {
  const before = new Set(['address'] as const);
  const theirs = { ...base, address: 'theirs' };
  expect(merge(theirs, { address: 'ours' }, theirs, before).conflicts).toEqual(['address']);
  expect(merge(theirs, { address: 'ours' }, { ...base, address: 'ours' }, before)).toEqual({
    mine: {},
    conflicts: [],
    taken: [],
  });
});

test('a place is one field here and two numbers there', () => {
  const ticket = { ...bodyOf(BLANK), latitude: -2.2161, longitude: 113.913 } as unknown as Ticket;
  expect(fieldsOf(ticket).place).toBe('-2.21610, 113.91300');
  expect(bodyOf({ place: '-2.21610, 113.91300' })).toEqual({
    latitude: -2.2161,
    longitude: 113.913,
  });
  expect(bodyOf({ place: null })).toEqual({ latitude: null, longitude: null });
  expect(bodyOf({ address: 'a' })).toEqual({ address: 'a' });
});

test('what is no place is none', () => {
  expect(placeOf('-2.21610, 113.91300')).toEqual({ latitude: -2.2161, longitude: 113.913 });
  for (const text of [null, '', 'Jl. Rajawali', '1', '1,2,3'])
    expect(placeOf(text), String(text)).toBeNull();
});

test('what is typed is taken as the service will have it', () => {
  expect(valueOf('address', '  Jl.\tRajawali\r\n12 ')).toBe('Jl. Rajawali 12');
  expect(valueOf('narrative', 'satu\r\ndua\u0000\u007f ')).toBe('satu\ndua');
  expect(valueOf('narrative', ' \n ')).toBeNull();
  expect(valueOf('narrative', '<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
});

test('characters are counted as the service counts them', () => {
  expect(lengthOf('a😀ß')).toBe(3);
});
