import type { Issuance } from '../issuance/issuance.ts';
import type { Keyring } from '../kit/keyring.ts';
import { Secret } from '../kit/secret.ts';

/** The account page is a client of the broker like any other app; its secret is derived, so that nobody keeps it. */
export async function ensureAccountClient(
  { apps }: Pick<Issuance, 'apps'>,
  { issuer, keyring }: { readonly issuer: string; readonly keyring: Keyring },
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const [key] = keyring.derive('account-client');
  const client = { id: 'app_account', secret: new Secret((key ?? Buffer.alloc(0)).toString('base64url')) };
  const app = {
    name: 'Symbolon',
    type: 'web' as const,
    firstParty: true,
    redirectUris: [`${issuer}/account/callback`],
    postLogoutRedirectUris: [`${issuer}/account`],
  };
  await apps.ensure(client.id, app, client.secret);
  return client;
}
