/**
 * One ticket on which somebody writes: sent as they type, kept here until it is confirmed.
 *
 * There is one request at a time. What was sent and not answered is sent again as it was, with
 * the same version: the service makes it once. What others changed is merged field by field;
 * what both changed waits for a decision, and all else goes on being saved.
 */
import { Refused } from '../api/problem';
import { pauseAfter } from '../retries';
import type { Draft, Drafts, Sending } from './draft';
import {
  BLANK,
  FIELDS,
  fieldsOf,
  lengthOf,
  LONGEST,
  valueOf,
  type Field,
  type Fields,
  type Patch,
  type Ticket,
  type Value,
} from './fields';
import type { Assignee } from './assign';
import { merge } from './merge';

export interface Transport {
  /** Return the ticket; null if it is still at the version that is known. */
  read(ticket: string, known: number | null): Promise<Ticket | null>;
  /** Change it; `Refused` with 412 and the ticket as it is, if it is not at `version` any more. */
  change(ticket: string, patch: Patch, version: number): Promise<Ticket>;
}

/** What is wrong with a field, so that it cannot be saved as it is. */
export type Fault =
  | { readonly kind: 'too-long'; readonly length: number; readonly most: number }
  | { readonly kind: 'refused'; readonly detail: string };

export interface Conflict {
  readonly mine: Value;
  readonly theirs: Value;
  /** Who wrote theirs, where that is known. */
  readonly by: string | null;
}

export type Saving =
  /** All that was written here is at the service. */
  | { readonly kind: 'saved' }
  /** Something is to be sent in a moment. */
  | { readonly kind: 'writing' }
  | { readonly kind: 'sending' }
  /** It could not be sent, and is sent again by itself. */
  | { readonly kind: 'waiting'; readonly why: Refused }
  /** It cannot be saved as it is: a field is wrong, or a decision is wanted. */
  | { readonly kind: 'stuck'; readonly why: Refused | null };

export interface View {
  readonly id: string;
  readonly number: string;
  /** Whether it was read, so that what it says is known. */
  readonly read: boolean;
  /** Why it could not be read yet. */
  readonly unread: Refused | null;
  readonly fields: Fields;
  /** The version that was read last; null while none was. */
  readonly version: number | null;
  /** Whose it is; null is nobody's, or not known while it was not `read`. */
  readonly assignee: Assignee | null;
  /** Number of the ticket under which its incident goes on, if it is a duplicate. */
  readonly duplicateOf: string | null;
  /** What stands in each field: as it was typed, where it means the same. */
  readonly shown: Readonly<Record<Field, string>>;
  readonly unsaved: readonly Field[];
  readonly conflicts: Readonly<Partial<Record<Field, Conflict>>>;
  readonly faults: Readonly<Partial<Record<Field, Fault>>>;
  /** Fields that somebody else changed while they were shown here, and who. */
  readonly changed: Readonly<Partial<Record<Field, string | null>>>;
  /** Agencies for whose handoffs the service would not close it when that was last wanted. */
  readonly held: readonly string[];
  readonly saving: Saving;
  /** When the service last confirmed what was written here. */
  readonly savedAt: number | null;
  /** Whether this browser keeps what is not saved. */
  readonly kept: boolean;
}

/** Milliseconds without a key after which what was typed is sent, and the longest that it waits. */
export const PAUSE = 500;
export const LONGEST_PAUSE = 2_000;

type Timer = ReturnType<typeof setTimeout>;

export class Keeper {
  readonly id: string;
  readonly #number: string;
  readonly #transport: Transport;
  readonly #drafts: Drafts;
  readonly #listeners = new Set<() => void>();

  #version: number | null = null;
  #base: Fields = BLANK;
  #assignee: Assignee | null = null;
  #duplicateOf: string | null = null;
  #mine: Partial<Record<Field, Value>> = {};
  #sending: Sending | null = null;
  /** The fields in conflict, and who wrote theirs, where that is known. */
  #conflicts = new Map<Field, string | null>();
  #typed: Partial<Record<Field, string>> = {};
  #faults: Partial<Record<Field, Fault>> = {};
  #changed: Partial<Record<Field, string | null>> = {};
  #held: readonly string[] = [];

  #known = false;
  /** Whether it is to be read again, and the newest version of which we heard. */
  #look = true;
  #heard = 0;
  /** Who made the versions that we heard of and have not read. */
  readonly #writers = new Set<string>();
  #due = false;
  #working = false;
  #resting = false;
  #failures = 0;
  #why: Refused | null = null;
  #kept = true;
  #savedAt: number | null = null;
  #pause: Timer | undefined;
  #longest: Timer | undefined;
  #again: Timer | undefined;
  #view: View | undefined;

  /** Begin with the draft that is kept of it, if there is one. */
  constructor(id: string, number: string, transport: Transport, drafts: Drafts) {
    this.id = id;
    this.#transport = transport;
    this.#drafts = drafts;
    const draft = drafts.read(id);
    this.#number = number || (draft?.number ?? '');
    if (draft) this.#resume(draft);
    void this.#work();
  }

  #resume(draft: Draft): void {
    this.#version = draft.version;
    this.#base = draft.base;
    this.#mine = { ...draft.mine };
    this.#sending = draft.sending;
    this.#conflicts = new Map(draft.conflicts.map((field) => [field, null]));
    this.#due = true;
    for (const field of FIELDS) this.#check(field);
  }

  /** Hear of each change of the view, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get view(): View {
    return (this.#view ??= this.#look_at());
  }

  /** Whether all that was written here is at the service. */
  get settled(): boolean {
    return this.#sending === null && Object.keys(this.#mine).length === 0;
  }

  /** Take what was typed into a field. */
  edit(field: Field, typed: string): void {
    const value = valueOf(field, typed);
    this.#typed[field] = typed;
    delete this.#changed[field];
    if (field === 'status') this.#held = [];
    if (value === this.#base[field] && !(this.#sending && field in this.#sending.patch)) {
      delete this.#mine[field];
      this.#conflicts.delete(field);
    } else this.#mine[field] = value;
    delete this.#faults[field];
    this.#check(field);
    this.#keep();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.flush(), PAUSE);
    this.#longest ??= setTimeout(() => this.flush(), LONGEST_PAUSE);
    this.#tell();
  }

  /** Send what was typed now: the field was left. */
  flush(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#longest);
    this.#pause = this.#longest = undefined;
    this.#due = true;
    void this.#work();
  }

  /** Settle a conflict: with what we wrote, with what they wrote, or with both below each other. */
  decide(field: Field, choice: 'mine' | 'theirs' | 'both'): void {
    if (!this.#conflicts.delete(field)) return;
    const theirs = this.#base[field];
    const mine = this.#mine[field] ?? null;
    delete this.#typed[field];
    if (choice === 'theirs') delete this.#mine[field];
    if (choice === 'both') this.#mine[field] = [theirs, mine].filter(Boolean).join('\n') || null;
    if (this.#mine[field] === theirs) delete this.#mine[field];
    delete this.#faults[field];
    this.#check(field);
    this.#keep();
    this.flush();
    this.#tell();
  }

  /** Somebody made a version of it. */
  heard(version: number, by: string): void {
    if (this.#version !== null && version <= this.#version) return;
    this.#heard = Math.max(this.#heard, version);
    this.#writers.add(by);
    void this.#work();
  }

  /** Read it again, unless that is tried anyway. */
  look(): void {
    this.#look = true;
    if (!this.#why?.passing) void this.#work();
  }

  /** Read it again, and send at once what waits: the service may be back. */
  nudge(): void {
    this.#look = true;
    this.#failures = 0;
    void this.#work();
  }

  /** Do nothing more; what is not saved stays kept in this browser. */
  rest(): void {
    this.#resting = true;
    for (const timer of [this.#pause, this.#longest, this.#again]) clearTimeout(timer);
  }

  async #work(): Promise<void> {
    if (this.#working || this.#resting) return;
    this.#working = true;
    clearTimeout(this.#again);
    try {
      while (!this.#resting && (await this.#step())) this.#tell();
      if (!this.#resting) [this.#failures, this.#why] = [0, null];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#why = error;
      this.#retry(error);
    } finally {
      this.#working = false;
      this.#tell();
    }
  }

  /** Do the next thing that is to be done; returns whether there was one. */
  async #step(): Promise<boolean> {
    if (this.#sending) await this.#send(this.#sending);
    else if (this.#look || this.#version === null || this.#heard > this.#version)
      await this.#read();
    else {
      const patch = this.#due ? this.#sendable() : {};
      this.#due = false;
      if (Object.keys(patch).length === 0) return false;
      this.#sending = { patch, version: this.#version };
      this.#keep();
    }
    return true;
  }

  async #read(): Promise<void> {
    const heard = this.#heard;
    this.#look = false;
    let ticket: Ticket | null;
    try {
      ticket = await this.#transport.read(this.id, this.#known ? this.#version : null);
    } catch (error) {
      this.#look = true;
      throw error;
    }
    if (heard === this.#heard) this.#heard = 0; // else there may be something newer than the answer
    if (ticket) this.#take(ticket, this.#base);
    this.#known = true;
  }

  async #send(sending: Sending): Promise<void> {
    const { patch, version } = sending;
    try {
      const ticket = await this.#transport.change(this.id, patch, version);
      if (this.#resting) return;
      this.#sending = null;
      this.#savedAt = Date.now();
      for (const field of FIELDS)
        if (field in patch && this.#mine[field] === patch[field]) delete this.#mine[field];
      this.#take(ticket, { ...this.#base, ...patch });
      this.#known = true;
    } catch (error) {
      if (!(error instanceof Refused) || this.#resting) throw error;
      if (error.status === 412) {
        this.#sending = null;
        this.#due = true;
        const current = error.members['current'] as Ticket | undefined;
        if (current) this.#take(current, this.#base);
        else this.#look = true;
      } else if (error.status === 422 || error.status === 413) {
        this.#sending = null;
        this.#blame(error, patch);
      } else if (error.kind === 'handoffs-open') {
        this.#sending = null;
        this.#stayOpen(error);
      } else throw error;
    }
    this.#keep();
  }

  /** Put the ticket as it is by now in place of `base`. */
  #take(ticket: Ticket, base: Fields): void {
    if (this.#version !== null && ticket.version < this.#version) return; // read before we wrote
    const theirs = fieldsOf(ticket);
    const before = this.#conflicts;
    const { mine, conflicts, taken } = merge(base, this.#mine, theirs, new Set(before.keys()));
    const [writer, another] = this.#writers;
    const by = another === undefined ? (writer ?? null) : null;
    this.#writers.clear();
    this.#mine = { ...mine };
    this.#conflicts = new Map(
      conflicts.map((field) => [
        field,
        theirs[field] === base[field] ? (before.get(field) ?? null) : by,
      ]),
    );
    if (this.#known) for (const field of taken) this.#changed[field] = by;
    this.#base = theirs;
    this.#version = ticket.version;
    this.#assignee = ticket.assignee;
    this.#duplicateOf = ticket.duplicate_of ?? null;
    this.#keep();
  }

  /** Say of the fields that were refused what is wrong with them. */
  #blame(error: Refused, patch: Patch): void {
    const sent = FIELDS.filter((field) => field in patch);
    const named = new Map(
      error.errors.map(({ field, detail }) => [
        field === 'latitude' || field === 'longitude' ? 'place' : field,
        detail,
      ]),
    );
    const guilty = sent.filter((field) => named.has(field));
    for (const field of guilty.length > 0 ? guilty : sent)
      if (this.#mine[field] === patch[field])
        this.#faults[field] = { kind: 'refused', detail: named.get(field) ?? error.detail };
    this.#due = true; // the others
  }

  /** Agencies act on it: it is not closed, and all else is sent without that. */
  #stayOpen(error: Refused): void {
    const agencies = error.members['agencies'];
    this.#held = Array.isArray(agencies) ? agencies.map(String) : [];
    delete this.#mine.status;
    delete this.#typed.status;
    this.#due = true;
  }

  #check(field: Field): void {
    const length = lengthOf(this.#mine[field] ?? '');
    const most = LONGEST[field];
    if (length > most) this.#faults[field] = { kind: 'too-long', length, most };
  }

  #sendable(): Patch {
    const patch: Partial<Record<Field, Value>> = {};
    for (const field of FIELDS) {
      const value = this.#mine[field];
      if (value !== undefined && !this.#conflicts.has(field) && !this.#faults[field])
        patch[field] = value;
    }
    return patch;
  }

  #retry(error: Refused): void {
    // a ticket of this moment may not be stored yet; all else that is refused stays so
    if (!error.passing && error.status !== 404) return;
    const pause = pauseAfter(this.#failures, error);
    this.#failures += 1;
    this.#again = setTimeout(() => void this.#work(), pause);
  }

  #keep(): void {
    if (this.settled) {
      this.#drafts.drop(this.id);
      this.#kept = true;
      return;
    }
    this.#kept = this.#drafts.keep(this.id, {
      number: this.#number,
      version: this.#version,
      base: this.#base,
      mine: this.#mine,
      conflicts: [...this.#conflicts.keys()],
      sending: this.#sending,
      at: Date.now(),
    });
  }

  #tell(): void {
    this.#view = undefined;
    for (const listener of [...this.#listeners]) listener();
  }

  #look_at(): View {
    const fields = { ...this.#base, ...this.#mine };
    const shown: Partial<Record<Field, string>> = {};
    const conflicts: Partial<Record<Field, Conflict>> = {};
    for (const field of FIELDS) {
      const typed = this.#typed[field];
      const means = typed !== undefined && valueOf(field, typed) === fields[field];
      shown[field] = means ? typed : (fields[field] ?? '');
      if (this.#conflicts.has(field))
        conflicts[field] = {
          mine: this.#mine[field] ?? null,
          theirs: this.#base[field],
          by: this.#conflicts.get(field) ?? null,
        };
    }
    return {
      id: this.id,
      number: this.#number,
      read: this.#known,
      unread: this.#known ? null : this.#why,
      fields,
      version: this.#version,
      assignee: this.#assignee,
      duplicateOf: this.#duplicateOf,
      shown: shown as Record<Field, string>,
      unsaved: FIELDS.filter((field) => field in this.#mine),
      conflicts,
      faults: { ...this.#faults },
      changed: { ...this.#changed },
      held: this.#held,
      saving: this.#saving(),
      savedAt: this.#savedAt,
      kept: this.#kept,
    };
  }

  #saving(): Saving {
    if (this.settled) return { kind: 'saved' };
    if (this.#why?.passing || this.#why?.status === 404) return { kind: 'waiting', why: this.#why };
    if (this.#why) return { kind: 'stuck', why: this.#why };
    if (this.#sending) return { kind: 'sending' };
    if (Object.keys(this.#sendable()).length === 0) return { kind: 'stuck', why: null };
    return { kind: 'writing' };
  }
}
