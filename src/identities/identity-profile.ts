import type { CompletedSignIn } from '../login/sign-in.ts';
import type { IdentityProfile } from './identity-store.ts';
import { sharedIdOf } from './shared-id.ts';

const longestText = 1024;
const longestAddress = 2048;

/**
 * The profile as it is kept: what PostgreSQL cannot hold is taken out, and length is bounded. It stays a stranger's
 * text. Alternates are added to, never dropped: a provider may leave one out today.
 */
export function profileOf(
  arrival: Omit<CompletedSignIn, 'resume'>,
  knownAlternates: unknown,
): IdentityProfile {
  const { account } = arrival;
  const known = knownAlternates !== null && typeof knownAlternates === 'object' ? knownAlternates : {};
  return {
    alternates: { ...known, ...account.alternates },
    name: storable(account.name),
    picture: pictureOf(account.picture),
    email: storable(account.email),
    emailVerified: account.emailVerified && account.email !== undefined,
    shared: sharedIdOf(arrival),
  };
}

/** Apps are promised an address to load a picture from: what is none, or half of one, is left out. */
export function pictureOf(text: string | undefined): string | null {
  if (text === undefined || text.length > longestAddress || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
}

function storable(text: string | undefined): string | null {
  if (text === undefined) return null;
  // PostgreSQL refuses NUL and lone surrogates.
  const clean = text.replaceAll('\0', '').toWellFormed();
  const kept = Array.from(clean).slice(0, longestText).join('');
  // White space alone says nothing.
  return kept.trim() === '' ? null : kept;
}
