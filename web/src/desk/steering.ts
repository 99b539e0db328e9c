/** What one has Asterisk do with the call at our seat, whatever phone stands there. */
import { api, ask, type Schemas } from '../lib/api/client';
import { session } from '../lib/session.svelte';

export type Mode = Schemas['Mode'];

const path = (call: string) => ({ params: { path: { call_id: call } } });
const seat = () => session().seat ?? '';
const by = () => ({ body: { seat: seat() } });

export const steer = {
  hold: (call: string) => ask(api.POST('/v1/calls/{call_id}/hold', { ...path(call), ...by() })),
  resume: (call: string) => ask(api.POST('/v1/calls/{call_id}/resume', { ...path(call), ...by() })),
  transfer: (call: string, to: string, mode: Mode) =>
    ask(
      api.POST('/v1/calls/{call_id}/transfer', { ...path(call), body: { seat: seat(), to, mode } }),
    ),
  /** The one who was consulted takes the caller; we leave, or stay with both. */
  complete: (call: string, stay: boolean) =>
    ask(
      api.POST('/v1/calls/{call_id}/transfer/complete', {
        ...path(call),
        body: { seat: seat(), stay },
      }),
    ),
  cancel: (call: string) =>
    ask(api.POST('/v1/calls/{call_id}/transfer/cancel', { ...path(call), ...by() })),
  leave: (call: string) => ask(api.POST('/v1/calls/{call_id}/leave', { ...path(call), ...by() })),
  hangUp: (call: string) =>
    ask(api.POST('/v1/calls/{call_id}/hang-up', { ...path(call), ...by() })),
};
