import { z } from 'zod';
import { tryParse } from '../../kit/exact-json.ts';
import type { ExportedAccount, Open } from '../exported-user.ts';
import { camelCased, id, moment, secret, text } from './fields.ts';

const sealed = z.unknown().optional();

/** A row of the table `secrets`, with the columns of its relation to a social or an enterprise connector. */
const row = z.preprocess(
  camelCased,
  z.object({
    identityId: id,
    target: text,
    ssoConnectorId: text,
    metadata: z.object({ scope: text, expiresAt: moment, tokenType: text }).catch({
      scope: undefined,
      expiresAt: undefined,
      tokenType: undefined,
    }),
    updatedAt: moment,
    encryptedDek: sealed,
    iv: sealed,
    authTag: sealed,
    ciphertext: sealed,
  }),
);

export type VaultRow = z.infer<typeof row>;

const tokenSet = z.object({ access_token: secret, refresh_token: secret, id_token: secret });

/** Returns the readable rows under `secrets`. An export of the API has none. */
export function vaultRows(value: unknown): readonly VaultRow[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => row.safeParse(one).data ?? []);
}

export function vaultTokens(stored: VaultRow, open: Open | undefined): ExportedAccount['tokens'] {
  if (!open) return 'encrypted';
  const { encryptedDek, iv, authTag, ciphertext, metadata, updatedAt } = stored;
  const found = open({ encryptedDek, iv, authTag, ciphertext });
  if ('unopened' in found) return found;
  const { data } = tokenSet.safeParse(tryParse(found.text.reveal()));
  if (!data?.access_token) return undefined;
  return {
    accessToken: data.access_token,
    refreshToken: data.refresh_token,
    idToken: data.id_token,
    // A refresh replaces tokens and metadata together.
    scopes: metadata.scope?.split(/[\s,]+/),
    scopesAre: 'granted',
    extra: metadata.tokenType === undefined ? {} : { token_type: metadata.tokenType },
    accessEndsAt: metadata.expiresAt,
    refreshEndsAt: undefined,
    lifetime: undefined,
    issuedBy: updatedAt,
  };
}
