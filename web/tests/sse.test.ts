import { expect, test } from 'vitest';
import { Parser } from '../src/lib/live/sse';

const STREAM = 'retry: 1000\nid: 7\n\nid: 8\nevent: call.arrived\ndata: {"a": 1}\n\n:\nid: 8\n\n';

test('events come out wherever the text was cut', () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const parser = new Parser();
    const messages = [...parser.take(STREAM.slice(0, cut)), ...parser.take(STREAM.slice(cut))];
    expect(messages).toEqual([{ event: 'call.arrived', data: '{"a": 1}', id: '8' }]);
  }
});

test('a mark without data moves the last id on, and is no event', () => {
  const parser = new Parser('3');
  expect(parser.take('retry: 1000\nid: 7\n\n')).toEqual([]);
  expect(parser.id).toBe('7');
});

test('a notice has no id of its own, and several lines of data are one', () => {
  const parser = new Parser('3');
  expect(parser.take('event: notice\r\ndata: a\r\ndata: b\r\n\r\ndata: c\n\n')).toEqual([
    { event: 'notice', data: 'a\nb', id: '3' },
    { event: 'message', data: 'c', id: '3' },
  ]);
});

test('an event that was cut off in the middle is not told', () => {
  expect(new Parser().take('event: call.arrived\ndata: {"a"')).toEqual([]);
});
