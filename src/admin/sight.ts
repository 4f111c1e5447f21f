import { z } from 'zod';
import { addressPlace } from '../http/client-address.ts';
import type { AdminCaller } from './caller.ts';
import type { adminIdentityAnswer } from './identity-shapes.ts';
import type { AdminDeps } from './ports.ts';

type Shown = z.input<typeof adminIdentityAnswer>;

/** Returns an identity as a caller may see it. */
export type Sight = (identity: Shown) => Shown;

export const revealQuery = z.strictObject({
  reveal: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: shows an auditor e-mail addresses and subjects, and is recorded as `person.revealed`'),
});

interface Look {
  readonly userId: string;
  readonly identityId?: string;
  readonly reveal: 'true' | 'false' | undefined;
}

/** Returns the sight of a caller. An auditor who asks for everything leaves an event. */
export async function sightOf(
  { events }: Pick<AdminDeps, 'events'>,
  { rights }: AdminCaller,
  { userId, identityId, reveal }: Look,
): Promise<Sight> {
  if (!rights.masked) return (whole) => whole;
  if (reveal !== 'true') return masked;
  await events.record({ type: 'person.revealed', userId, identityId });
  return (whole) => whole;
}

/**
 * Returns an IP address as a caller may see it. The address of an admin is evidence, and auditors see it whole. Of all others
 * they see the network.
 */
export function addressFor(
  { rights }: AdminCaller,
  address: string | null,
  ofAdmin: () => boolean,
): string | null {
  return address === null || !rights.masked || ofAdmin() ? address : addressPlace(address);
}

/** The picture's address and the provider's words may have the subject in them. */
function masked(identity: Shown): Shown {
  const { subject, alternates, email, token } = identity;
  return {
    ...identity,
    subject: hidden(subject),
    picture: null,
    alternates: Object.fromEntries(Object.entries(alternates).map(([name, value]) => [name, hidden(value)])),
    email: email && `${email.slice(0, 1)}•••@•••`,
    token: token && { ...token, last_words: null },
  };
}

/** Returns the last two characters of a long id, by which a known one can be told apart. */
function hidden(id: string): string {
  return id.length < 8 ? '•••' : `•••${id.slice(-2)}`;
}
