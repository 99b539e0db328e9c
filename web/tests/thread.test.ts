import { expect, test } from 'vitest';
import { thread, unread } from '../src/handoff/thread';

type Events = Parameters<typeof thread>[0];

const event = (kind: string, by: string, note = ''): Events[number] =>
  ({
    at: '2026-11-26T03:00:00.000Z',
    kind,
    step: 'sent',
    by,
    channel: 'relay',
    note,
    reason: null,
  }) as never;

const ours = event('line', 'sari', 'Dua anak di dalam');
const theirs = event('note', 'agency:damkar Budi', 'Pintu mana?');

test('of a history it has what people wrote, and who they were', () => {
  const said = thread([
    event('step', 'sip112'),
    ours,
    event('failing', 'sip112', '500'),
    theirs,
    event('note', 'agency:damkar', 'Ya'),
    event('note', 'rina', 'Hidran di sudut'),
  ]);
  expect(said.map(({ theirs, who, text, line }) => [theirs, who, text, line])).toEqual([
    [false, 'sari', 'Dua anak di dalam', true],
    [true, 'Budi', 'Pintu mana?', false],
    [true, '', 'Ya', false],
    [false, 'rina', 'Hidran di sudut', false],
  ]);
});

test('a step that came too late keeps why it is a note', () => {
  const reason = { code: 'late_accepted', details: {} };
  const [late] = thread([{ ...theirs, reason }]);
  expect(late?.reason).toEqual(reason);
});

test('unread is what the agency wrote since, as long as nobody has seen or answered it', () => {
  const said = thread([ours, theirs, theirs]);
  expect(unread(said, 0)).toHaveLength(2);
  expect(unread(said, 2)).toHaveLength(1);
  expect(unread(said, 3)).toEqual([]);
  expect(unread(thread([theirs, ours]), 0)).toEqual([]);
  expect(unread(thread([theirs, ours, theirs]), 0)).toHaveLength(1);
  expect(unread([], 0)).toEqual([]);
});
