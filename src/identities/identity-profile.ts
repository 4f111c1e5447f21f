import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { IdentityProfile } from './identity-store.ts';
import { sharedIdOf } from './shared-id.ts';

const longestText = 1024;
const longestAddress = 2048;

/**
 * Returns the profile to store. In name, email and picture, characters that PostgreSQL rejects are removed and lengths are
 * bounded; the text remains untrusted. Alternates are other ids of the same account, such as an id across the apps of one
 * developer; the connector reads and bounds them. Known ones are kept, since a provider may omit one at a later sign-in.
 * `shared` is the alternate by which two identities are known to be one person.
 */
export function profileOf(signIn: VerifiedSignIn, knownAlternates: unknown): IdentityProfile {
  const { account } = signIn;
  const known = knownAlternates !== null && typeof knownAlternates === 'object' ? knownAlternates : {};
  return {
    alternates: { ...known, ...account.alternates },
    name: storable(account.name),
    picture: pictureOf(account.picture),
    email: storable(account.email),
    emailVerified: account.emailVerified && account.email !== undefined,
    shared: sharedIdOf(signIn),
  };
}

/** Returns the URL of a picture, or null for text that is not an absolute http(s) URL of at most 2048 characters. */
export function pictureOf(text: string | undefined): string | null {
  if (text === undefined || text.length > longestAddress || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
}

/** Returns the text as PostgreSQL can store it, with at most 1024 characters; null for blank text. */
export function storable(text: string | undefined): string | null {
  if (text === undefined) return null;
  // PostgreSQL rejects NUL and lone surrogates. A character takes up to two units.
  const clean = text
    .replaceAll('\0', '')
    .slice(0, 2 * longestText)
    .toWellFormed();
  const bounded = Array.from(clean).slice(0, longestText).join('');
  return bounded.trim() === '' ? null : bounded;
}
