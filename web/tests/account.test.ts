import { afterEach, expect, test, vi } from 'vitest';

const credentials = { csrf: 'c', prefix: '/centres/PKY', expired: vi.fn() };

vi.mock('../src/lib/api/client', () => ({ credentials }));

const { askingFor, keptFor } = await import('../src/agency/account');

afterEach(() => vi.unstubAllGlobals());

function answering(status: number) {
  const fetched = vi.fn(
    async (_url: string, _options: RequestInit) => new Response('{}', { status }),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

test('one is asked as whoever is signed in, at their centre', async () => {
  const fetched = answering(200);
  await askingFor('h1')('/steps', { step: 'accepted' });
  const [url, options] = fetched.mock.calls[0]!;
  expect(url).toBe('/centres/PKY/v1/agency-desk/incidents/h1/steps');
  expect(options).toMatchObject({ method: 'POST', body: '{"step":"accepted"}' });
  expect(options.headers).toMatchObject({ 'X-CSRF-Token': 'c' });
});

test('a session that is over is told', async () => {
  answering(401);
  await askingFor('h1')('');
  expect(credentials.expired).toHaveBeenCalledOnce();
});

test('what one person could not send, another one does not', () => {
  const texts = new Map<string, string>();
  const keep = {
    get: (name: string) => texts.get(name) ?? '',
    set: (name: string, text: string) => void texts.set(name, text),
  };
  keptFor('budi', keep).set('h1', '[]');
  expect(keptFor('budi', keep).get('h1')).toBe('[]');
  expect(keptFor('mila', keep).get('h1')).toBe('');
});
