/** The pages, who may open them, and where a person begins. */
import type { Component } from 'svelte';
import type { Key } from './i18n/words';
import Audit from '../pages/Audit.svelte';
import Calls from '../pages/Calls.svelte';
import Desk from '../pages/Desk.svelte';
import Directory from '../pages/Directory.svelte';
import Handoffs from '../pages/Handoffs.svelte';
import People from '../pages/People.svelte';
import Supervisor from '../pages/Supervisor.svelte';
import Ticket from '../pages/Ticket.svelte';
import Timeline from '../pages/Timeline.svelte';
import Wallboard from '../pages/Wallboard.svelte';

export interface Page {
  readonly path: string;
  readonly title: Key;
  /** Scope without which the page stays closed. */
  readonly scope: string;
  readonly content: Component;
  /** Without the bar above it: for a screen on the wall. */
  readonly bare?: boolean;
  /** One of many, each at an address with something in the place of `*`: it is not in the bar. */
  readonly many?: boolean;
  /** It has parts, each at an address of its own below it. */
  readonly parts?: boolean;
}

/** In the order of the bar; the first that a person may open is where they begin. */
export const PAGES: readonly Page[] = [
  { path: '/desk', title: 'page.desk', scope: 'seat', content: Desk },
  { path: '/supervisor', title: 'page.supervisor', scope: 'supervise', content: Supervisor },
  { path: '/handoffs', title: 'page.handoffs', scope: 'tickets', content: Handoffs },
  { path: '/calls', title: 'page.calls', scope: 'read', content: Calls },
  { path: '/wallboard', title: 'page.wallboard', scope: 'read', content: Wallboard, bare: true },
  {
    path: '/directory',
    title: 'page.directory',
    scope: 'read',
    content: Directory,
    parts: true,
  },
  { path: '/people', title: 'page.people', scope: 'people', content: People },
  { path: '/audit', title: 'page.audit', scope: 'audit', content: Audit },
  { path: '/t/*', title: 'page.ticket', scope: 'tickets', content: Ticket, many: true },
  { path: '/t/*/timeline', title: 'page.timeline', scope: 'read', content: Timeline, many: true },
];

/** Return the page that an address names, if there is one. */
export function pageAt(address: string): Page | undefined {
  const given = address.split('/');
  return PAGES.find(({ path, parts }) => {
    const wanted = path.split('/');
    return (
      (wanted.length === given.length || (parts === true && wanted.length < given.length)) &&
      wanted.every((part, n) => (part === '*' ? given[n] !== '' : part === given[n]))
    );
  });
}
