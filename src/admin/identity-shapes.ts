import { z } from 'zod';
import type { Identity } from '../identities/identities.ts';
import { isConfirmed } from '../identities/unconfirmed.ts';
import type { Connection } from '../login/connections.ts';
import { identityAnswer, tokenHealth } from '../retrieval/answers.ts';
import { describeIdentity } from '../retrieval/describe-identity.ts';
import type { Health } from '../vault/health.ts';
import { isoTime } from './shapes.ts';

/** An identity as an admin sees it: the metadata of its token, and never the token. */
export const adminIdentityAnswer = identityAnswer
  .extend({
    issuer: z.string(),
    confirmed: z
      .boolean()
      .describe(
        'False: an import knows one id of the account, which may not be its subject. The next sign-in confirms it. Apps do not see the account until then',
      ),
    alternates: z.record(z.string(), z.string()).describe('Other ids of the same account'),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    token: tokenHealth
      .extend({
        since: isoTime.describe('In this state since'),
        last_used_at: isoTime.nullable().describe('Noted at most once an hour'),
        last_error: z.string().nullable().describe('A code, no text of the provider'),
        last_words: z
          .string()
          .nullable()
          .describe('The words of the provider when it last refused, shortened; text of a stranger'),
        key_id: z.string().describe('The encryption key it is sealed with'),
      })
      .meta({ id: 'AdminTokenHealth' })
      .nullable(),
  })
  .meta({ id: 'AdminIdentity' });

const alternates = z.record(z.string(), z.string()).catch({});

export function describeForAdmin(
  identity: Identity,
  connection: Connection,
  health: Health | undefined,
): z.input<typeof adminIdentityAnswer> {
  const { token, ...described } = describeIdentity(identity, connection, health);
  return {
    ...described,
    issuer: identity.issuer,
    confirmed: isConfirmed(identity),
    alternates: alternates.parse(identity.alternates),
    email: identity.email,
    email_verified: identity.emailVerified,
    token:
      token && health
        ? {
            ...token,
            since: health.since.toISOString(),
            last_used_at: health.lastUsedAt?.toISOString() ?? null,
            last_error: health.lastError,
            last_words: health.lastWords,
            key_id: health.keyId,
          }
        : null,
  };
}
