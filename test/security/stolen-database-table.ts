import { table } from './table.ts';

/** One attempt of a person who can read and write the database and has the files of DATA_DIR, but no encryption key. */
export interface Theft {
  readonly attempt: string;
  /** The gain; `nothing` if the attempt is in vain. */
  readonly gain: string;
  readonly noticed: string;
}

const refused = 'event `row.refused`, metric, `symbolon rows check`';
const unreadable = 'event `token.unreadable`, answer 503';

/** The attempts of `npm run prove:stolen-database`, which tries each of them, and this page's table. */
export const thefts = {
  readSecrets: {
    attempt:
      'search the dump and DATA_DIR for tokens, codes, client secrets and app secrets, also as hex and base64',
    gain: 'nothing',
    noticed: '–',
  },
  readPeople: {
    attempt: 'read the dump',
    gain: 'names, e-mail addresses, ids at providers, scopes, times, and the audit',
    noticed: '–',
  },
  moveIdentity: {
    attempt: 'move an identity to the attacker',
    gain: 'nothing',
    noticed: `${unreadable}; event \`row.refused\``,
  },
  swapCiphertexts: {
    attempt: 'put the sealed tokens of another person into the own entry',
    gain: 'nothing',
    noticed: unreadable,
  },
  olderEntry: {
    attempt: 'put back an older entry while a process knows the newer one',
    gain: 'nothing',
    noticed: 'the process puts its own set back, or `token.unreadable`',
  },
  olderEntryLater: {
    attempt: 'put back an older entry, and wait for a restart',
    gain: 'the older tokens of the same person, for the apps that may have the newer ones',
    noticed: '`symbolon audit verify`, by the version',
  },
  insertApp: {
    attempt: 'insert an app with a known secret and background access',
    gain: 'nothing',
    noticed: refused,
  },
  changeSecret: { attempt: 'change the secret of an app', gain: 'nothing', noticed: refused },
  changeRedirect: { attempt: 'change the redirect URIs of an app', gain: 'nothing', noticed: refused },
  insertPolicy: {
    attempt: 'give an own app background access to a connection',
    gain: 'nothing',
    noticed: refused,
  },
  forgeAccessToken: {
    attempt: 'turn an own opaque access token into one of another person',
    gain: 'nothing',
    noticed: refused,
  },
  forgeRefreshToken: {
    attempt: 'turn an own refresh token into one of another person',
    gain: 'nothing',
    noticed: refused,
  },
  insertAdminToken: { attempt: 'insert an admin token', gain: 'nothing', noticed: refused },
  moveEndpoint: {
    attempt: 'move the token endpoint of a connection to an own server',
    gain: 'nothing',
    noticed: refused,
  },
  deleteRevocation: {
    attempt: 'delete the revocation of an own JWT, and wait for a restart',
    gain: 'that token until its end, for what it was issued for',
    noticed: '–',
  },
  deleteTagKey: {
    attempt: 'delete the key of the tags, and wait for a restart',
    gain: 'nothing',
    noticed: 'the start is refused',
  },
  changeAudit: {
    attempt: 'change an event of the audit',
    gain: 'nothing',
    noticed: '`symbolon audit verify`',
  },
  deleteEntry: {
    attempt: 'delete the tokens of a person',
    gain: 'the person must authorise again (denial of service)',
    noticed: 'answer 409 `reauthorization_required`',
  },
} as const satisfies Readonly<Record<string, Theft>>;

export type TheftName = keyof typeof thefts;

/** Returns the table for docs/security.md. */
export function theftTable(): string {
  const rows = Object.values(thefts).map(({ attempt, gain, noticed }) => [attempt, gain, noticed]);
  return table([['With write access to the database, the attempt to …', 'gives', 'noticed by'], ...rows]);
}
