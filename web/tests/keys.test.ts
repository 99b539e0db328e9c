import { expect, test } from 'vitest';
import { combination } from '../src/lib/keys/combination';

const pressed = (key: string, code: string, held: object = {}) =>
  combination({
    key,
    code,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    ...held,
  });

test('keys are called as they are written', () => {
  expect(pressed('F2', 'F2')).toBe('F2');
  expect(pressed('Escape', 'Escape')).toBe('Escape');
  expect(pressed('n', 'KeyN', { altKey: true })).toBe('Alt+N');
  expect(pressed('Enter', 'Enter', { ctrlKey: true })).toBe('Ctrl+Enter');
  expect(pressed('F2', 'F2', { shiftKey: true })).toBe('Shift+F2');
});

test('Alt makes another sign of a letter on some keyboards, and it is the letter all the same', () => {
  expect(pressed('˜', 'KeyN', { altKey: true })).toBe('Alt+N');
  expect(pressed('/', 'Slash', { altKey: true })).toBe('Alt+/');
});

test('a bare letter is what somebody writes', () => {
  expect(pressed('n', 'KeyN')).toBe('n');
});
