import type { Issuance } from '../issuance/issuance.ts';

export const ownClientId = 'app_account';

/** The broker's own pages for which people sign in. */
const ownPages = ['/account', '/console'] as const;
export type OwnPages = (typeof ownPages)[number];

/**
 * Registers the account page and the console as an app. It has no client secret, because processes with different keys could not share one.
 * PKCE with a verifier that only the broker can derive takes its place.
 */
export async function ensureAccountClient({ apps }: Pick<Issuance, 'apps'>, issuer: string): Promise<void> {
  await apps.ensure(ownClientId, {
    name: 'Symbolon',
    type: 'spa',
    firstParty: true,
    redirectUris: ownPages.map((home) => `${issuer}${home}/callback`),
    postLogoutRedirectUris: ownPages.map((home) => `${issuer}${home}`),
  });
}
