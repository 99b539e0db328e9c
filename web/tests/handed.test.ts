import { expect, test } from 'vitest';
import { meaning } from '../src/lib/ticket/handed';

const notice = (by: string, former: string | null, to: string | null) => ({
  kind: 'ticket.assigned',
  at: '2026-11-26T03:00:00.000Z',
  ticket: 't1',
  number: 'PKY-20261126-0001',
  version: 3,
  by,
  former,
  assignee: to === null ? null : { id: to, name: to.toUpperCase() },
});

test('who gave or took it oneself is told nothing, nor is whom it does not concern', () => {
  expect(meaning(notice('ani', null, 'ani'), 'ani')).toBeUndefined();
  expect(meaning(notice('ani', 'ani', 'sri'), 'ani')).toBeUndefined();
  expect(meaning(notice('rina', 'sri', 'budi'), 'ani')).toBeUndefined();
  expect(
    meaning({ ...notice('rina', 'sri', 'ani'), kind: 'ticket.changed' }, 'ani'),
  ).toBeUndefined();
});

test.each([
  ['rina', null, 'ani', 'given'],
  ['sri', 'sri', 'ani', 'given'],
  ['sri', 'ani', 'sri', 'taken'],
  ['rina', 'ani', 'sri', 'passed'],
  ['rina', 'ani', null, 'released'],
] as const)('by %s from %s to %s: %s', (by, former, to, how) => {
  expect(meaning(notice(by, former, to), 'ani')).toEqual({
    ticket: 't1',
    number: 'PKY-20261126-0001',
    version: 3,
    how,
    by,
    to: to === null ? '' : to.toUpperCase(),
  });
});
