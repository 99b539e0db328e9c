/** The way of a change to the service: what is wrong with it, who was first, and that it is done. */
import { Refused } from '../lib/api/client';
import { t } from '../lib/i18n/index.svelte';
import { done, problem } from '../lib/toasts.svelte';
import type { Place } from '../map/camera';
import { same, written, type Entry } from './entries';
import { readStock } from './stock.svelte';
import { tidy } from './tidy';
import type { Work } from './work.svelte';
import { faultsIn, wrongFrom, type FaultView, type Wrong } from './wrong';

/** How a change is sent: based on a version, or as something new. */
export type Header = { 'if-match': string } | { 'If-None-Match': string };

export class Saving<E extends Entry> {
  busy = $state(false);
  wrong = $state.raw<Wrong>({});
  /** What is wrong that no field says. */
  faults = $state.raw<readonly FaultView[]>([]);
  readonly #shown: (field: string) => boolean;
  readonly #whole: ((code: string) => Promise<E & { version: number }>) | undefined;

  /**
   * @param shown whether a field is on the form, to say beside it what is wrong with it.
   * @param whole reads an entry of which a conflict does not tell all.
   */
  constructor(
    shown: (field: string) => boolean,
    whole?: (code: string) => Promise<E & { version: number }>,
  ) {
    this.#shown = shown;
    this.#whole = whole;
  }

  /** Say no more what was wrong with a field: it is another one now. */
  forget(field: string): void {
    this.wrong = Object.fromEntries(Object.entries(this.wrong).filter(([each]) => each !== field));
  }

  /** What is said beside a field. */
  said = (field: string): string | undefined => {
    const wrong = this.wrong[field];
    return wrong === undefined ? undefined : typeof wrong === 'string' ? t(wrong) : wrong.text;
  };

  /** Return where on the map it is wrong, if it is. */
  placeOf = (field: string): Place | null => {
    const wrong = this.wrong[field];
    return wrong === undefined || typeof wrong === 'string' ? null : wrong.place;
  };

  /** Send what is written, unless something is `wrong`; return what became of it, if it was saved. */
  async send(
    work: Work<E>,
    wrong: Wrong,
    put: (entry: E, header: Header) => Promise<E & { version: number }>,
  ): Promise<E | null> {
    this.wrong = wrong;
    this.faults = [];
    if (Object.keys(wrong).length > 0) return null;
    const entry = tidy($state.snapshot(work.mine) as E);
    const header: Header =
      work.version === null ? { 'If-None-Match': '*' } : { 'if-match': `"${work.version}"` };
    this.busy = true;
    try {
      const now = await put(entry, header);
      const saved = written(now) as unknown as E;
      work.saved(saved, now.version);
      done(t('directory.saved', { code: saved.code }));
      readStock();
      return saved;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return await this.#refused(error, work, entry);
    } finally {
      this.busy = false;
    }
  }

  /** Have what is there removed; return whether it is. */
  async remove(
    work: Work<E>,
    remove: (header: { 'if-match': string }) => Promise<unknown>,
  ): Promise<boolean> {
    this.faults = [];
    try {
      await remove({ 'if-match': `"${work.version}"` });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.faults = faultsIn(error);
      if (this.faults.length === 0) problem(error);
      readStock(); // should somebody have changed it meanwhile, it is heard of by that
      return false;
    }
    done(t('directory.removed', { code: work.code }));
    readStock();
    return true;
  }

  async #refused(error: Refused, work: Work<E>, sent: E): Promise<E | null> {
    const current = error.members['current'] as (E & { version: number }) | undefined;
    if (error.kind === 'entry-changed' && current)
      try {
        const now = this.#whole ? await this.#whole(sent.code) : current;
        return this.#overtaken(work, sent, now);
      } catch (unread) {
        problem(unread);
        return null;
      }
    const { wrong, others } = wrongFrom(error, this.#shown);
    this.wrong = wrong;
    this.faults = others;
    if (Object.keys(wrong).length + others.length === 0) problem(error);
    return null;
  }

  #overtaken(work: Work<E>, sent: E, current: E & { version: number }): E | null {
    const now = written(current) as unknown as E;
    if (same(now, sent)) {
      work.saved(now, current.version); // it was ours: the answer was lost
      done(t('directory.saved', { code: sent.code }));
      readStock();
      return now;
    }
    if (work.version === null) this.wrong = { code: 'directory.wrong.code.exists' };
    else work.hear(now, current.version);
    readStock();
    return null;
  }
}
