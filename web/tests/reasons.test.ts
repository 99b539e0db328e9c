import { expect, test } from 'vitest';
import { told, worded } from '../src/lib/reasons';

const answers = (details: Record<string, string>) => ({ code: 'answers', details });

test('a reason is said in the language that is spoken, and not as it was written down', () => {
  const why = answers({ status: '410', said: '[gone] {status}' });
  expect(worded(why, 'it answers 410', 'id')).toEqual({
    text: 'sistemnya menjawab 410: [gone] {status}',
    language: undefined,
  });
  expect(worded(why, '', 'en').text).toBe('it answers 410: [gone] {status}');
});

test('what is not known of it is left out', () => {
  expect(worded(answers({ status: '503' }), '', 'id').text).toBe('sistemnya menjawab 503');
});

test.each([
  ['86400', 'tidak dicoba lagi setelah 24 jam: sistemnya menjawab 500'],
  ['900', 'tidak dicoba lagi setelah 15 menit: sistemnya menjawab 500'],
  ['Infinity', 'sistemnya menjawab 500'],
])('after how long it was given up (%s s)', (given_up_after_s, text) => {
  expect(worded(answers({ status: '500', given_up_after_s }), '', 'id').text).toBe(text);
});

test('one that is not known here is shown as the service wrote it down, in English', () => {
  for (const reason of [null, { code: 'no_fuel', details: {} }, { code: 'toString', details: {} }])
    expect(worded(reason, 'it has no fuel', 'id')).toEqual({
      text: 'it has no fuel',
      language: 'en',
    });
});

test('what people wrote stays as it is, and is in no language that is known', () => {
  const text = 'Dua unit';
  expect(told({ what: 'note', reason: null, text }, 'id')).toEqual({ text, language: undefined });
  expect(told({ what: 'failed', reason: null, text }, 'id')).toEqual({ text, language: 'en' });
  const late = { code: 'late_accepted', details: { said: text } };
  expect(told({ what: 'note', reason: late, text: 'x' }, 'id').text).toBe(
    'diterima, tetapi di sini tidak berlaku lagi: Dua unit',
  );
});
