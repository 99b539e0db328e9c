import { expect, test } from 'vitest';
import { LANGUAGES } from '../src/lib/i18n/languages';
import { say, WORDS, type Key } from '../src/lib/i18n/words';

const keys = Object.keys(WORDS) as Key[];
const values = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

test('every text is there in every language, and takes the same values', () => {
  for (const key of keys) {
    const texts = WORDS[key] as Record<string, string>;
    expect(Object.keys(texts).sort(), key).toEqual([...LANGUAGES].sort());
    for (const text of Object.values(texts)) expect(text.trim(), key).not.toBe('');
    expect(values(texts['id'] ?? ''), key).toEqual(values(texts['en'] ?? ''));
  }
});

test('no area takes another one’s key', () => {
  const areas = import.meta.glob<Record<string, object>>('../src/lib/i18n/words/*.ts', {
    eager: true,
  });
  const all = Object.values(areas).flatMap((each) => Object.values(each).flatMap(Object.keys));
  expect(all.length).toBeGreaterThan(100);
  expect(all.filter((key, n) => all.indexOf(key) !== n)).toEqual([]);
});

test('every text is said somewhere', () => {
  const sources = import.meta.glob<string>(['../src/**/*.{svelte,ts}', '!../src/**/words/*.ts'], {
    eager: true,
    query: '?raw',
    import: 'default',
  });
  const code = Object.values(sources).join('\n');
  // `alarm.${what}.do`: other templates have a space, or no dot before their first value
  const made = [...code.matchAll(/`([a-z-]+\.(?:[^`\s$]|\$\{[^}`]*\})*)`/g)].map(
    ([, template = '']) =>
      new RegExp(`^${template.replace(/\$\{.*?\}/g, '[\\w-.]+').replaceAll('.', '\\.')}$`),
  );
  expect(made.length).toBeGreaterThan(10);
  const said = (key: string) =>
    code.includes(`'${key}'`) || made.some((template) => template.test(key));
  expect(keys.filter((key) => !said(key))).toEqual([]);
});

test('values are put in as they are; one that is missing shows', () => {
  expect(say('en', 'app.centre', { centre: '<b>' })).toBe('112 centre <b>');
  expect(say('id', 'app.centre', {})).toBe('Pusat 112 {centre}');
});
