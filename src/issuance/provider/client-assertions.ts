import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { oidcTime } from '../oidc-time.ts';

/** Seconds into the future that an assertion may end: as long as it is remembered, so that it is used once. */
const longest = 3600;

/** Beyond what oidc-provider checks of an assertion (RFC 7523 section 3): one audience, and an end that is near. */
export async function checkAssertion(
  _ctx: KoaContextWithOIDC,
  { aud, exp }: Readonly<Record<string, unknown>>,
): Promise<void> {
  // With a list, an assertion made for somebody else could name us too, and be passed on.
  if (typeof aud !== 'string') throw new errors.InvalidClientAuth('aud must be one string');
  const now = Math.floor(oidcTime().getTime() / 1000);
  if (typeof exp !== 'number' || exp - now > longest)
    throw new errors.InvalidClientAuth('exp is too far away');
}
