import { expect, test, vi } from 'vitest';

const post = vi.hoisted(() => vi.fn());
vi.mock('../src/lib/api/client', () => ({
  api: { POST: post },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/session.svelte', () => ({ session: () => ({ seat: 'web-01' }) }));

const { steer } = await import('../src/desk/steering');

test.each([
  ['hold', steer.hold, {}],
  ['resume', steer.resume, {}],
  [
    'transfer',
    (id: string) => steer.transfer(id, 'web-02', 'attended'),
    { to: 'web-02', mode: 'attended' },
  ],
  ['transfer/complete', (id: string) => steer.complete(id, true), { stay: true }],
  ['transfer/cancel', steer.cancel, {}],
  ['leave', steer.leave, {}],
  ['hang-up', steer.hangUp, {}],
] as const)('%s is asked for our seat and that call', (name, command, more) => {
  void command('c1');
  expect(post).toHaveBeenLastCalledWith(`/v1/calls/{call_id}/${name}`, {
    params: { path: { call_id: 'c1' } },
    body: { seat: 'web-01', ...more },
  });
});
