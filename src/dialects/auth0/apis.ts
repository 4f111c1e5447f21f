import type { ApiRegistry } from '../../issuance/registry/apis.ts';

// The two APIs for which Auth0's libraries request tokens, by Auth0's names.

export function myAccountAudience(issuer: string): string {
  return `${issuer}/me/`;
}

export function managementAudience(issuer: string): string {
  return `${issuer}/api/v2/`;
}

/** An app may request tokens for them when its own list of APIs includes them. */
export async function ensureAuth0Apis(apis: Pick<ApiRegistry, 'ensure'>, issuer: string): Promise<void> {
  await apis.ensure({
    identifier: myAccountAudience(issuer),
    name: 'My account',
    scopes: [
      { name: 'create:me:connected_accounts', description: 'Connect further accounts of yours' },
      { name: 'read:me:connected_accounts', description: 'See which accounts you have connected' },
      { name: 'delete:me:connected_accounts', description: 'Disconnect accounts of yours' },
    ],
  });
  await apis.ensure({
    identifier: managementAudience(issuer),
    name: 'Management API',
    scopes: [
      { name: 'read:users', description: 'Read users and their linked accounts' },
      { name: 'read:user_idp_tokens', description: 'Read the tokens of their linked accounts' },
    ],
  });
}
