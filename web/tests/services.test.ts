import { expect, test } from 'vitest';
import type { Handoff, Proposal } from '../src/handoff/choice';
import { offered, told } from '../src/handoff/services';
import type { Agency } from '../src/lib/agencies.svelte';

const service = (...channels: [string, string][]) =>
  ({
    code: 'pln',
    channels: channels.map(([kind, address]) => ({ kind, address })),
  }) as unknown as Agency;
const need = (candidates: string[], left_out: [string, string][] = []) => ({
  kind: 'service',
  named: null,
  candidates: candidates.map((agency) => ({ agency, uncertain: false })),
  left_out: left_out.map(([agency, reason]) => ({ agency, reason })),
  chosen: null,
});
const plan = (...referrals: ReturnType<typeof need>[]) => ({ referrals }) as unknown as Proposal;
const referral = (agency: string, step: string) =>
  ({ agency, step, purpose: 'referral' }) as unknown as Handoff;

test('a caller is told the telephone number first, and of no system', () => {
  expect(told(service(['sms', '1708'], ['voice', ' 123 ']))).toEqual({
    channel: 'voice',
    address: '123',
  });
  expect(told(service(['voice', ' '], ['sms', '1708']))).toEqual({
    channel: 'sms',
    address: '1708',
  });
  expect(told(service(['webhook', 'https://x.example'], ['voice', '']))).toBeUndefined();
});

test('the plan’s services are offered once each, with why one may not do, and never inactive ones', () => {
  const both = plan(
    need(['pln']),
    need(
      ['pln', 'lapor'],
      [
        ['kai', 'closed'],
        ['old', 'inactive'],
      ],
    ),
  );
  expect(offered(both, [])).toEqual([
    { service: 'pln', reason: null },
    { service: 'lapor', reason: null },
    { service: 'kai', reason: 'closed' },
  ]);
  expect(offered(undefined, [])).toEqual([]);
});

test('to whom the caller was referred is not offered again, unless it was taken back', () => {
  const one = plan(need(['pln']));
  expect(offered(one, [referral('pln', 'completed')])).toEqual([]);
  expect(offered(one, [referral('pln', 'queued')])).toEqual([]);
  expect(offered(one, [referral('pln', 'cancelled')])).toHaveLength(1);
});
