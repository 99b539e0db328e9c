import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Heard = { fresh?(): void; notice?(notice: { kind: string }): void };

const service = vi.hoisted(() => ({ get: vi.fn(), heard: new Set<unknown>() }));
vi.mock('../src/lib/api/client', () => ({
  api: { GET: service.get },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({
  listen: (listener: unknown) => {
    service.heard.add(listener);
    return () => service.heard.delete(listener);
  },
}));
vi.mock('../src/lib/i18n/index.svelte', () => ({
  named: (names: { id: string } | undefined, code: string) => names?.id ?? code,
}));

const { Refused } = await import('../src/lib/api/problem');
const { agencies, agencyAt, agencyName, followAgencies } =
  await import('../src/lib/agencies.svelte');

const AGENCY = {
  code: 'damkar',
  name: { id: 'Damkar', en: 'Fire' },
  channels: [
    { kind: 'webhook', address: 'https://damkar.example' },
    { kind: 'voice', address: '113' },
  ],
  contacts: [{ name: 'Jaga', addresses: { voice: '+62812555', sms: '0813555' } }],
};
const kept = new Map<string, string>();
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  kept.clear();
  service.get.mockReset();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('they are called by name and number; what is not known is its code, or nothing', async () => {
  service.get.mockResolvedValue({ items: [AGENCY] });
  const end = followAgencies('PKY');
  expect(agencyName('damkar')).toBe('damkar');
  await settled();
  expect([agencyName('damkar'), agencyName('sar')]).toEqual(['Damkar', 'sar']);
  expect([agencyAt('113'), agencyAt('62812555')]).toEqual(['Damkar', 'Damkar']);
  expect(agencyAt('web-02') + agencyAt('0813555')).toBe('');
  end();
});

test('those of this centre are remembered while the service is away', async () => {
  service.get.mockResolvedValueOnce({ items: [AGENCY] });
  const end = followAgencies('PKY');
  await settled();
  end();
  service.get.mockRejectedValue(new Refused(0, 'unreachable', '', ''));
  followAgencies('PKY')();
  expect(agencies()).toHaveLength(1);
  followAgencies('KTG')();
  expect(agencies()).toEqual([]);
  kept.set('sip112.agencies/PKY', '{');
  followAgencies('PKY')();
  expect(agencies()).toEqual([]);
});

test('they are read again after a cut, and when the directory has changed', async () => {
  vi.stubGlobal('localStorage', {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  });
  service.get.mockResolvedValue({ items: [] });
  const end = followAgencies('PKY');
  await settled();
  service.get.mockResolvedValue({ items: [AGENCY] });
  for (const each of [...service.heard]) (each as Heard).fresh?.();
  await settled();
  expect(agencies()).toHaveLength(1);
  for (const each of [...service.heard]) {
    (each as Heard).notice?.({ kind: 'seat.taken_over' });
    (each as Heard).notice?.({ kind: 'directory.changed' });
  }
  await settled();
  expect(service.get).toHaveBeenCalledTimes(3);
  end();
  expect(service.heard.size).toBe(0);
});
