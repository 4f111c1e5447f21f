import type { Issuance } from '../issuance/issuance.ts';

export const ownClientId = 'app_account';

/**
 * The account page is a client of the broker like any other app. It has no secret, which processes that know other keys
 * could not share: PKCE with a verifier that only the broker can derive does what a secret would do.
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
