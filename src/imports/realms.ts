import { ExportFileError } from './export-bytes.ts';

// Keycloak's files hold realms: one, with its users in it or in files of their own, or an array of all realms.

/** The question for the realm of an export that may have several. */
export interface RealmQuestion {
  /** The name that the operator gave. */
  readonly realm: string | undefined;
}

/** A realm in an array of realms. */
export interface RealmAt {
  readonly index: number;
  readonly name: string;
}

/** Returns the realm to import. @throws ExportFileError which lists the realms */
export function chosenRealm(realms: readonly RealmAt[], { realm }: RealmQuestion): RealmAt {
  const [only] = realms;
  const found = realm === undefined ? realms.length === 1 && only : realms.find(({ name }) => name === realm);
  if (found) return found;
  const names = realms.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new ExportFileError(
    realm === undefined
      ? `it has several realms; name one of them with --realm: ${names}`
      : `it has no realm ${JSON.stringify(realm)}; it has ${names}`,
  );
}

/** Returns the name if the record is a realm. No user and no row of a table has `realm`. */
export function realmName(record: unknown): string | undefined {
  const named = record !== null && typeof record === 'object' && 'realm' in record ? record.realm : undefined;
  return typeof named === 'string' ? named : undefined;
}

export function withoutUsers(name: string): ExportFileError {
  const realm = JSON.stringify(name);
  return new ExportFileError(
    `realm ${realm} has no users in this file. Export it with kc.sh export --file FILE --users realm_file, ` +
      'or with --dir DIR --users different_files, and import each file ' +
      `${name}-users-N.json. The admin console exports no users`,
  );
}
