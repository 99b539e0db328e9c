/**
 * To whom a ticket is to go: what the plan proposes, and what a person decides about it.
 *
 * Where the plan means one agency, it is wanted unless somebody says no. Where it means several, or
 * none, nobody is wanted until somebody says who. An agency that had the ticket before, and has
 * declined or was taken back, is wanted again only if somebody says so.
 */
import type { Schemas } from '../lib/api/client';

export type Proposal = Schemas['ProposalView'];
export type Handoff = Schemas['HandoffView'];
export type WhyNot = Schemas['LeftOutView']['reason'];

/** An agency that can be chosen. */
export interface Offer {
  readonly agency: string;
  /** Why the plan leaves it out, if it does. */
  readonly reason: WhyNot | null;
  /** Whether it is not known that it acts there. */
  readonly uncertain: boolean;
  readonly wanted: boolean;
  /** Whether it can be wanted: not while it is inactive, or has the ticket. */
  readonly free: boolean;
}

/** One thing that the plan asks for. */
export interface Need {
  readonly kind: string | null;
  readonly named: string | null;
  readonly offers: readonly Offer[];
  /** `with`: somebody has the ticket for it; `ambiguous`, `missing`, `left`: to be decided. */
  readonly state: 'with' | 'wanted' | 'ambiguous' | 'missing' | 'left';
}

export interface Choice {
  readonly needs: readonly Need[];
  /** Those beside the plan. */
  readonly added: readonly Offer[];
  /** All that are wanted, each once, in the order of the plan. */
  readonly agencies: readonly string[];
}

/** What a person has said of an agency: that it is wanted, or that it is not. */
export type Decisions = ReadonlyMap<string, boolean>;

export function choice(
  proposal: Proposal | undefined,
  handoffs: readonly Handoff[],
  decisions: Decisions,
  added: readonly string[],
): Choice {
  const last = new Map<string, Handoff>();
  for (const each of handoffs) {
    const known = last.get(each.agency);
    if (known === undefined || known.requested_at <= each.requested_at) last.set(each.agency, each);
  }

  function offer(agency: string, meant: boolean, more: Partial<Offer> = {}): Offer {
    const before = last.get(agency);
    const free = more.reason !== 'inactive' && (before === undefined || before.ended);
    const wanted = free && (decisions.get(agency) ?? (meant && before === undefined));
    return { reason: null, uncertain: false, ...more, agency, wanted, free };
  }

  const needs = (proposal?.needs ?? []).map((need): Need => {
    const offers = [
      ...need.candidates.map(({ agency, uncertain }) =>
        offer(agency, agency === need.chosen, { uncertain }),
      ),
      ...need.left_out.map(({ agency, reason }) => offer(agency, false, { reason })),
    ];
    const acts = ({ agency }: Offer) => {
      const its = last.get(agency);
      return its !== undefined && (!its.ended || its.step === 'completed');
    };
    const state = offers.some(({ wanted }) => wanted)
      ? 'wanted'
      : offers.some(acts)
        ? 'with'
        : need.candidates.length === 0
          ? 'missing'
          : need.candidates.length > 1
            ? 'ambiguous'
            : 'left';
    return { kind: need.kind, named: need.named, offers, state };
  });

  const planned = new Set(needs.flatMap(({ offers }) => offers.map(({ agency }) => agency)));
  const others = added
    .filter((agency) => !planned.has(agency))
    .map((agency) => offer(agency, true));
  const wanted = [...needs.flatMap(({ offers }) => offers), ...others]
    .filter((each) => each.wanted)
    .map(({ agency }) => agency);
  return { needs, added: others.filter(({ free }) => free), agencies: [...new Set(wanted)] };
}
