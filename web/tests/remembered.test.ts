import { beforeEach, expect, test, vi } from 'vitest';
import { read, write } from '../src/desk/remembered';

const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
const LAST = { id: 't1', number: 'PKY-20261126-0001' };

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', storage);
});

test('each seat has its own, until it is put away', () => {
  write('web-01', LAST);
  write('web-02', { ...LAST, id: 't2' });
  expect([read('web-01')?.id, read('web-02')?.id, read('web-03')]).toEqual(['t1', 't2', null]);
  write('web-01', null);
  expect([read('web-01'), read('web-02')?.id]).toEqual([null, 't2']);
});

test('what cannot be read is as nothing', () => {
  write('web-01', LAST);
  for (const key of kept.keys()) kept.set(key, '{"id":');
  expect(read('web-01')).toBeNull();
});

test('a storage that is full or forbidden stops nobody', () => {
  const refuse = () => {
    throw new DOMException('no', 'QuotaExceededError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
  expect(read('web-01')).toBeNull();
  expect(() => [write('web-01', LAST), write('web-01', null)]).not.toThrow();
});
