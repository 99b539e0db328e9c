/** Messages that come and go: what was done, and what could not be done and what to do about it. */
import { Refused } from './api/problem';
import { t } from './i18n/index.svelte';
import { keyOf } from './i18n/words';

export interface Toast {
  readonly id: number;
  readonly tone: 'done' | 'problem';
  readonly text: string;
  readonly remedy: string;
  /** What it is about; what is said of it later takes its place. */
  readonly about?: string | undefined;
}

/** Long enough to be read; a problem stays until it is dismissed. */
const DONE = 4_000;
const AT_ONCE = 4;

const shown = $state<{ toasts: Toast[] }>({ toasts: [] });
let count = 0;

export function toasts(): readonly Toast[] {
  return shown.toasts;
}

export function dismiss(id: number): void {
  shown.toasts = shown.toasts.filter((each) => each.id !== id);
}

function add(tone: Toast['tone'], text: string, remedy: string, about?: string): number {
  const id = ++count;
  const others = shown.toasts.filter(
    (each) => each.text !== text && (about === undefined || each.about !== about),
  );
  shown.toasts = [...others, { id, tone, text, remedy, about }].slice(-AT_ONCE);
  return id;
}

/** Say that something was done. */
export function done(text: string, about?: string): void {
  const id = add('done', text, '', about);
  setTimeout(() => dismiss(id), DONE);
}

/** Return what went wrong in words, and what to do about it. */
export function words(error: unknown): { text: string; remedy: string } {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 0)
    return { text: t('problem.unreachable'), remedy: t('problem.unreachable.remedy') };
  const key = keyOf(`problem.${error.kind}`);
  const remedy = keyOf(`problem.${error.kind}.remedy`);
  if (key && remedy) return { text: t(key), remedy: t(remedy) };
  if (!error.detail)
    return {
      text: t('problem.strange', { status: error.status }),
      remedy: t('problem.strange.remedy'),
    };
  return { text: error.detail, remedy: error.remedy };
}

/** Say what could not be done, with its remedy; text of our own may stand before the detail. */
export function problem(error: unknown): void {
  const { text, remedy } = words(error);
  add('problem', text, remedy);
}

/** Say something that went wrong in words of our own. */
export function warn(text: string, remedy = ''): void {
  add('problem', text, remedy);
}
