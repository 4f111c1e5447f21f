import type { Identity } from '../identities/identities.ts';
import type { Connection } from '../login/connections.ts';
import type { Health } from '../vault/health.ts';
import type { IdentityAnswer } from './answers.ts';

/** Returns an identity with the health of its token, never the token itself. Without health, no token set is stored. */
export function describeIdentity(
  identity: Identity,
  connection: Connection,
  health: Health | undefined,
): IdentityAnswer {
  return {
    id: identity.id,
    connection: connection.alias,
    provider: connection.connector.provider,
    subject: identity.subject,
    name: identity.name,
    picture: identity.picture,
    linked_at: identity.linkedAt.toISOString(),
    last_login_at: identity.lastLoginAt?.toISOString() ?? null,
    token: health
      ? {
          state: health.state,
          reason: health.reason,
          scope: health.scopes.join(' '),
          expires_at: health.expiresAt?.toISOString() ?? null,
          refresh_expires_at: health.refreshExpiresAt?.toISOString() ?? null,
          refreshable: health.refreshable,
          last_refreshed_at: health.lastRefreshedAt?.toISOString() ?? null,
        }
      : null,
  };
}
