import type { Prisma, Transaction } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';

/** Name, picture and the times change with sign-ins and decide nothing. `symbolon times` corrects times. */
export const taggedUsers = {
  name: 'user',
  version: 1,
  key: ['id'],
  columns: { id: 'id', roles: 'roles', disabled: 'disabled_at IS NOT NULL' },
} as const satisfies TaggedTable<string>;

type AccessRow = Pick<Prisma.UserModel, 'id' | 'roles' | 'disabledAt'>;

/** Returns the columns of a user that the tag covers. */
export function accessOf<Row extends AccessRow>(row: Row): Row & { readonly disabled: boolean } {
  return { ...row, disabled: row.disabledAt !== null };
}

/** The columns that say whose account it is. Each sign-in writes the profile, which decides no access of ours. */
export const taggedIdentities = {
  name: 'identity',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    userId: 'user_id',
    connectionId: 'connection_id',
    issuer: 'issuer',
    subject: 'subject',
  },
} as const satisfies TaggedTable<string>;

export const taggedSharedIds = {
  name: 'shared_id',
  version: 1,
  key: ['identityId', 'space'],
  columns: { identityId: 'identity_id', space: 'space', value: 'value' },
} as const satisfies TaggedTable<string>;

type OwnedRow = Pick<Prisma.IdentityModel, 'id' | 'userId' | 'connectionId' | 'issuer' | 'subject' | 'tag'>;

interface OwnerChange {
  readonly userId?: string;
  readonly issuer?: string;
  readonly subject?: string;
}

/** Gives identities another owner or key, with their tags. A row that is not believed stays. Returns the number. */
export async function moveIdentities(
  transaction: Transaction,
  tags: RowTags,
  { rows, to }: { readonly rows: readonly OwnedRow[]; readonly to: OwnerChange },
): Promise<number> {
  const moved = rows.filter((row) => tags.believes(taggedIdentities, row)).map((row) => ({ ...row, ...to }));
  const lines = moved.map((row) => ({
    id: row.id,
    user_id: row.userId,
    issuer: row.issuer,
    subject: row.subject,
    tag: Buffer.from(tags.tag(taggedIdentities, row)).toString('hex'),
  }));
  return await transaction.$executeRaw`UPDATE identity SET user_id = m.user_id, issuer = m.issuer,
      subject = m.subject, tag = decode(m.tag, 'hex')
    FROM json_to_recordset(${JSON.stringify(lines)}::json) AS m(id text, user_id text, issuer text, subject text, tag text)
    WHERE identity.id = m.id`;
}
