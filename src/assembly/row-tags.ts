import { access } from 'node:fs/promises';
import path from 'node:path';
import { taggedApprovals } from '../admin/people/approval-store.ts';
import { taggedInvitations } from '../admin/people/invitation-store.ts';
import { taggedAdminTokens } from '../admin/people/token-store.ts';
import { taggedAgentApprovals } from '../agents/approval-store.ts';
import { taggedAgentPermissions } from '../agents/permission-store.ts';
import { ConfigError } from '../config.ts';
import { taggedConnectRequests } from '../dialects/auth0/connect-request-store.ts';
import { taggedIdentities, taggedSharedIds, taggedUsers } from '../identities/tagged-people-store.ts';
import { taggedAdmission } from '../issuance/admission/admission-store.ts';
import { taggedArtifacts } from '../issuance/artifacts/tagged-artifacts.ts';
import { taggedConsents } from '../issuance/consent/consent-store.ts';
import { createSigningKeyStore } from '../issuance/keys/signing-key-store.ts';
import { markOfSigningKeys } from '../issuance/keys/tagged-rows-mark.ts';
import { taggedApis, taggedAppConnections, taggedApps } from '../issuance/registry/tagged-registry.ts';
import type { Database } from '../kit/database/database.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { adoptRows, anyRowIn, anyTagIn } from '../kit/keys/row-adoption-store.ts';
import { createRowTagKeyStore } from '../kit/keys/row-tag-key-store.ts';
import { createRowTags, type RowTags, type TaggedTable } from '../kit/keys/row-tags.ts';
import { taggedApiDescriptions } from '../login/api-description-store.ts';
import { taggedConnections } from '../login/connection-store.ts';
import { taggedLoginAttempts } from '../login/login-attempt-store.ts';
import { taggedBulkJobs } from '../reporting/bulk-store.ts';

/** The tables whose rows carry a tag. */
export const taggedTables: readonly TaggedTable[] = [
  taggedConnections,
  taggedApiDescriptions,
  taggedLoginAttempts,
  taggedUsers,
  taggedIdentities,
  taggedSharedIds,
  taggedApps,
  taggedAppConnections,
  taggedApis,
  taggedAdmission,
  taggedArtifacts,
  taggedConsents,
  taggedConnectRequests,
  taggedAgentPermissions,
  taggedAgentApprovals,
  taggedAdminTokens,
  taggedInvitations,
  taggedApprovals,
  taggedBulkJobs,
];

export interface RowTagsDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  /** The directory with the mark that rows have been adopted. */
  readonly dataDirectory?: string | undefined;
}

/**
 * Opens the key of the row tags. A new database gets one, and so does a database of an earlier version, whose rows are
 * then adopted once. @throws ConfigError when the key is missing although rows were tagged: a writer who deleted it must
 * not have other rows adopted
 */
export async function openRowTags(deps: RowTagsDeps): Promise<RowTags> {
  const store = createRowTagKeyStore(deps.database.pool, deps.keyring);
  const known = await store.read();
  if (known) {
    const stage = known.stage === 'adopting' && (await wereRequired(deps)) ? 'required' : known.stage;
    return createRowTags(known.key, stage);
  }
  const hasRows = await anyRowIn(deps.database.pool, taggedTables);
  if (hasRows && ((await wereRequired(deps)) || (await anyTagIn(deps.database.pool, taggedTables)))) {
    throw new ConfigError(
      'DATABASE_URL: the rows of this database were tagged, and the key of their tags is gone. ' +
        'Another hand may have changed the rows. Look at the report of `symbolon rows check`; ' +
        '`symbolon rows adopt --yes` then believes the rows as they are.',
    );
  }
  const made = await store.insert(hasRows ? 'adopting' : 'required');
  return createRowTags(made.key, made.stage);
}

/** Tags every row as it is now. Returns the number of rows that had no right tag. */
export async function adoptAll({ pool }: Pick<Database, 'pool'>, tags: RowTags): Promise<number> {
  let adopted = 0;
  for (const table of taggedTables) adopted += await adoptRows(pool, tags, table);
  return adopted;
}

/** Returns the file that says, outside the database, that rows without a right tag are refused. */
export const requiredMark = (dataDirectory: string): string => path.join(dataDirectory, 'row-tags-required');

/** Returns whether a mark outside the table of the key says that rows without a right tag were refused before. */
async function wereRequired({ database, keyring, dataDirectory }: RowTagsDeps): Promise<boolean> {
  if (dataDirectory !== undefined && (await exists(requiredMark(dataDirectory)))) return true;
  // Each broker makes signing keys before the first person signs in. Without any, the mark has been deleted with them.
  const mark = await markOfSigningKeys(createSigningKeyStore(database), keyring);
  return mark === 'marked' || (mark === 'none' && (await anyRowIn(database.pool, [taggedUsers])));
}

async function exists(place: string): Promise<boolean> {
  return await access(place).then(
    () => true,
    () => false,
  );
}
