/** What one has Asterisk do with the call at our seat, whatever phone stands there. */
import { request } from '../lib/api/request';
import { session } from '../lib/session.svelte';

export type Mode = 'blind' | 'attended' | 'conference';

const post = (call: string, what: string, more: object = {}) =>
  request<unknown>('POST', `/v1/calls/${encodeURIComponent(call)}/${what}`, {
    seat: session().seat,
    ...more,
  });

export const steer = {
  hold: (call: string) => post(call, 'hold'),
  resume: (call: string) => post(call, 'resume'),
  transfer: (call: string, to: string, mode: Mode) => post(call, 'transfer', { to, mode }),
  /** The one who was consulted takes the caller; we leave, or stay with both. */
  complete: (call: string, stay: boolean) => post(call, 'transfer/complete', { stay }),
  cancel: (call: string) => post(call, 'transfer/cancel'),
  leave: (call: string) => post(call, 'leave'),
  hangUp: (call: string) => post(call, 'hang-up'),
};
