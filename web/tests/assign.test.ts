import { beforeEach, expect, test, vi } from 'vitest';

const put = vi.fn();
vi.mock('../src/lib/api/client', async () => {
  const { Refused } = await import('../src/lib/api/problem');
  return {
    Refused,
    api: { PUT: (_: string, given: unknown) => put(given) as unknown },
    askWhole: (asked: Promise<unknown>) => asked,
  };
});

const { Refused } = await import('../src/lib/api/problem');
const { assign } = await import('../src/lib/ticket/assign');

const held = (version: number, agent: string | null) => ({
  id: 't1',
  number: 'PKY-20261126-0001',
  version,
  assignee: agent === null ? null : { id: agent, name: agent },
});
const changed = (version: number, agent: string | null) =>
  new Refused(412, 'ticket-changed', '', '', { current: held(version, agent) });
const versions = () => put.mock.calls.map(([given]) => given.params.header['if-match'] as string);

beforeEach(() => put.mockReset());

test("what others write on it meanwhile is in nobody's way", async () => {
  put.mockRejectedValueOnce(changed(4, 'ani')).mockResolvedValueOnce({ data: held(5, 'sri') });
  expect(await assign(held(3, 'ani'), 'sri')).toEqual(held(5, 'sri'));
  expect(versions()).toEqual(['"3"', '"4"']);
});

test("that it is somebody else's by now is", async () => {
  put.mockRejectedValueOnce(changed(4, 'budi'));
  await expect(assign(held(3, null), 'sri')).rejects.toMatchObject({ status: 412 });
  put.mockRejectedValueOnce(changed(4, null));
  await expect(assign(held(3, 'budi'), 'sri')).rejects.toMatchObject({ status: 412 });
  expect(put).toHaveBeenCalledTimes(2);
});

test('it is not tried for ever, and no other refusal is tried again', async () => {
  put.mockImplementation(() => Promise.reject(changed(4, 'ani')));
  await expect(assign(held(3, 'ani'), 'sri')).rejects.toMatchObject({ status: 412 });
  expect(put).toHaveBeenCalledTimes(5);
  put.mockReset();
  put.mockRejectedValueOnce(new Refused(403, 'not-your-ticket', '', ''));
  await expect(assign(held(3, 'ani'), 'sri')).rejects.toMatchObject({ status: 403 });
});
