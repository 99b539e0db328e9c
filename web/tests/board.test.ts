import { expect, test } from 'vitest';
import { board, chosen, untold, wants, type Line } from '../src/handoff/board';
import { calledBy, diallable } from '../src/handoff/numbers';
import { alarm, said } from '../src/handoff/state';

const at = (minute: number) => `2026-11-26T03:${String(minute).padStart(2, '0')}:00.000Z`;
const line = (id: string, changed: Partial<Line> = {}): Line => ({
  id,
  ticket: `t-${id}`,
  agency: 'damkar',
  purpose: 'handoff',
  step: 'sent',
  unproven: true,
  by_hand: false,
  untold: false,
  unread: 0,
  since: at(0),
  ended: false,
  following: [],
  requested_at: at(0),
  requested_by: 'sari',
  by: { channel: 'webhook', contact: '' },
  numbers: [],
  due_at: null,
  alarmed_at: null,
  reason: '',
  version: 1,
  about: {
    number: `PKY-${id}`,
    status: 'open',
    severity: null,
    incident_type: null,
    address: null,
  },
  ...changed,
});
const declined = (id: string, changed: Partial<Line> = {}) =>
  line(id, { step: 'declined', ended: true, since: at(1), ...changed });
const shown = (open: Line[], ended: Line[] = []) =>
  board(open, ended).map(({ handoff: { id }, standing }) => `${id} ${standing}`);

test('who was not reached comes first, then who declined, then what escalates next', () => {
  expect(
    shown(
      [
        line('waits', { since: at(3) }),
        line('before', { since: at(2) }),
        line('later', { due_at: at(9) }),
        line('soon', { due_at: at(8) }),
        line('lost', { alarmed_at: at(5) }),
      ],
      [declined('no'), line('done', { step: 'completed', ended: true })],
    ),
  ).toEqual(['lost alarm', 'no declined', 'soon open', 'later open', 'before open', 'waits open']);
});

test('who declined wants nobody once somebody else was asked, or the ticket is closed', () => {
  const replaced = declined('no', { ticket: 't' });
  expect(shown([line('other', { ticket: 't', requested_at: at(2) })], [replaced])).toEqual([
    'other open',
  ]);
  const about = { ...line('x').about!, status: 'closed' };
  expect(shown([], [declined('closed', { about }), declined('gone', { about: null })])).toEqual([]);
  expect(shown([], [declined('ours', { purpose: 'received' })])).toEqual([]);
});

test('what wants a person: alarms, the declined, whom to call or tell, what another centre asks', () => {
  const call = line('call', { by_hand: true });
  const relay = line('relay', { by_hand: true });
  const asked = line('asked', { purpose: 'received', step: 'queued', agency: 'ktg' });
  const taken = line('taken', { purpose: 'received', step: 'accepted' });
  const referral = line('sms', { purpose: 'referral', step: 'queued' });
  const lost = line('lost', { alarmed_at: at(5) });
  const told = line('told', { step: 'accepted', untold: true });
  const over = declined('no', { untold: true }); // its end came by a notice
  expect(untold(over)).toBe(false);
  const all = board([call, relay, asked, taken, referral, lost, told, line('sent')], [over]);
  const ids = (placed: typeof all) => placed.map(({ handoff: { id } }) => id).sort();
  expect(ids(all.filter(wants))).toEqual(['asked', 'call', 'lost', 'no', 'relay', 'told']);
  const every = { purposes: ['handoff', 'received', 'referral'], agency: '', wanting: false };
  expect(ids(chosen(all, { ...every, wanting: true, agency: 'ktg' }))).toEqual(['asked']);
  expect(ids(chosen(all, { ...every, purposes: ['received', 'referral'] }))).toEqual([
    'asked',
    'sms',
    'taken',
  ]);
});

test('how far it has come is said in a word', () => {
  const call = line('call', { by_hand: true });
  expect(said(line('a'), 'alarm')).toEqual({ word: 'handoff.alarm', tone: 'alarm' });
  expect(said(line('a', { step: 'delivered' }), 'alarm').word).toBe('handoff.alarm.unanswered');
  expect(said(line('a', { step: 'accepted' }), 'alarm').word).toBe('handoff.alarm.waiting');
  expect(said(declined('b'), 'declined').tone).toBe('alarm');
  expect(said(call, 'open')).toEqual({ word: 'handoff.call', tone: 'wait' });
  expect(said(line('c', { step: 'en_route' }), 'open').tone).toBe('talk');
  const seen = line('d', { step: 'acknowledged' });
  expect(said(seen, 'open')).toEqual({ word: 'handoff.step.acknowledged', tone: 'neutral' });
});

test('numbers are dialled by their digits, and an agency is known again in a call', () => {
  const numbers = [
    { number: '+628125550100', contact: '' },
    { number: '628125550100', contact: 'Jaga' },
    { number: '*113#', contact: '' },
    { number: '113', contact: 'Piket' },
  ];
  expect(diallable({ numbers })).toEqual([
    { number: '628125550100', contact: '' },
    { number: '113', contact: 'Piket' },
  ]);
  const seat = { seat: 'web-01', number: null, place: 'talking', since: at(0) } as const;
  const brigade = { seat: null, number: '113', place: 'ringing', since: at(0) } as const;
  expect(calledBy({ parties: [seat, brigade] }, { numbers })).toBe(brigade);
  expect(calledBy({ parties: [seat] }, { numbers })).toBeUndefined();
});

test('what has left by a way that tells nothing is no proof, and is marked', () => {
  const sent = (channel: 'sms' | 'account' | 'voice') =>
    said(line('x', { by: { channel, contact: '' } }), 'open').word;
  expect([sent('sms'), sent('account')]).toEqual(['handoff.unproven', 'handoff.unproven']);
  expect(sent('voice')).toBe('handoff.step.sent'); // its telephone rings
  const delivered = line('x', { step: 'delivered' });
  expect(said(delivered, 'open').word).toBe('handoff.step.delivered');
});

test('an alarm says what has not come', () => {
  const word = (step: Line['step']) => alarm({ step }).word;
  expect(word('delivered')).toBe('handoff.alarm.unanswered');
  expect(word('acknowledged')).toBe('handoff.alarm.unanswered');
  expect(word('accepted')).toBe('handoff.alarm.waiting');
  expect(word('en_route')).toBe('handoff.alarm.late');
});
