import { beforeEach, expect, test, vi } from 'vitest';

const warn = vi.hoisted(() => vi.fn());
vi.mock('../src/lib/i18n/index.svelte', () => ({ t: (key: string) => key }));
vi.mock('../src/lib/toasts.svelte', () => ({ warn }));

const { attempt } = await import('../src/desk/attempt');

beforeEach(() => warn.mockReset());

test('what can be done is done without a word', async () => {
  expect(attempt(() => undefined)).toBe(true);
  expect(attempt(async () => undefined)).toBe(true);
  await Promise.resolve();
  expect(warn).not.toHaveBeenCalled();
});

test('what cannot be begun is said at once', () => {
  const cannot = () => {
    throw new Error('there is no call');
  };
  expect(attempt(cannot)).toBe(false);
  expect(warn).toHaveBeenCalledExactlyOnceWith('phone.cannot', 'phone.cannot.remedy');
});

test('what comes to nothing later is said then, and is nobody else’s error', async () => {
  expect(attempt(() => Promise.reject(new Error('the call is over')))).toBe(true);
  await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
});
