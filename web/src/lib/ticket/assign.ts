/** Whose a ticket is to be: taken over, or given to somebody. */
import { api, askWhole, Refused, type Schemas } from '../api/client';

export type Assignee = Schemas['AssigneeView'];

/** A ticket as far as it matters here, as it was seen. */
export interface Held {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly assignee: Assignee | null;
}

/** What others write on the ticket meanwhile is in nobody's way. */
const TRIES = 5;

/** Give it to somebody; `Refused` with 412 if it is somebody else's by now than was seen. */
export async function assign(ticket: Held, agent: string): Promise<Held> {
  let { version } = ticket;
  for (let left = TRIES; ; left -= 1) {
    try {
      const { data } = await askWhole(
        api.PUT('/v1/tickets/{ticket}/assignee', {
          params: { path: { ticket: ticket.id }, header: { 'if-match': `"${version}"` } },
          body: { agent },
        }),
      );
      return data as Held;
    } catch (error) {
      const current =
        error instanceof Refused ? (error.members['current'] as Held | undefined) : undefined;
      if (current === undefined || left <= 1 || current.assignee?.id !== ticket.assignee?.id)
        throw error;
      version = current.version;
    }
  }
}
