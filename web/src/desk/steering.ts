/** What one has Asterisk do with the call at our seat, whatever phone stands there. */
import { request } from '../lib/api/request';

export type Mode = 'blind' | 'attended' | 'conference';

const path = (call: string, what: string) => `/v1/calls/${encodeURIComponent(call)}/${what}`;
const post = (call: string, what: string, body?: object) =>
  request<unknown>('POST', path(call, what), body ?? {});

export const steer = {
  hold: (call: string) => post(call, 'hold'),
  resume: (call: string) => post(call, 'resume'),
  transfer: (call: string, to: string, mode: Mode) => post(call, 'transfer', { to, mode }),
  complete: (call: string) => post(call, 'transfer/complete'),
  cancel: (call: string) => post(call, 'transfer/cancel'),
  leave: (call: string) => post(call, 'leave'),
  hangUp: (call: string) => post(call, 'hang-up'),
};
