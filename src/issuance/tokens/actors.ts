import { z } from 'zod';

/** The actors of a token (RFC 8693 section 4.1): the current one outside, and within it those before. */
export interface Act {
  readonly sub: string;
  readonly act?: Act | undefined;
}

export const actClaim: z.ZodType<Act> = z.object({
  sub: z.string(),
  get act() {
    return actClaim.optional();
  },
});

/** The claim with the id of the API whose policy decides about a token that acts on behalf of someone. */
export const apiClaim = 'idp_api';

/** The most clients that one token may name: an API, those before it, and the app that the person uses. */
export const mostActors = 3;

/** Returns the client ids of the actors, the current one first. */
export function actorsOf(act: Act | undefined): readonly string[] {
  const actors: string[] = [];
  for (let one = act; one; one = one.act) actors.push(one.sub);
  return actors;
}

/** Returns the claim of these actors, the current one first. */
export function actOf([current, ...before]: readonly string[]): Act | undefined {
  if (current === undefined) return undefined;
  const act = actOf(before);
  return { sub: current, ...(act && { act }) };
}
