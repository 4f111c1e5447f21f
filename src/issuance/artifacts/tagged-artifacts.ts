import type { TaggedTable } from '../../kit/keys/row-tags.ts';

/**
 * The end is part of the payload; `expires_at` only says when the row is deleted.
 * `consumed_at` and `successor` are left out, since a refresh token is consumed within one statement. A successor opens
 * only with the old token's own value. A cleared `consumed_at` revives a used code or token for its holder alone.
 */
export const taggedArtifacts = {
  name: 'artifact',
  version: 1,
  key: ['kind', 'idHash'],
  columns: {
    kind: 'kind',
    idHash: 'id_hash',
    payload: 'payload',
    grantId: 'grant_id',
    uid: 'uid',
    accountId: 'account_id',
    clientId: 'client_id',
  },
} as const satisfies TaggedTable<string>;
