import type { Issuance } from '../issuance/issuance.ts';

export const ownClientId = 'app_account';

/**
 * Registers the account page as an app. It has no client secret, because processes with different keys could not share one.
 * PKCE with a verifier that only the broker can derive takes its place.
 */
export async function ensureAccountClient({ apps }: Pick<Issuance, 'apps'>, issuer: string): Promise<void> {
  await apps.ensure(ownClientId, {
    name: 'Symbolon',
    type: 'spa',
    firstParty: true,
    redirectUris: [`${issuer}/account/callback`],
    postLogoutRedirectUris: [`${issuer}/account`],
  });
}
