import { textOf } from '../read-source.ts';
import { codeWall, type ImportSeen, importWall, type Wall } from '../wall.ts';

/** Rooms that put the product together. They make the vault, and hand it on. */
const composing = ['assembly', 'cli'];

/** The files that other rooms may import: types without plaintext, and the vault itself. A file that is not listed is private. */
const open = [
  'src/vault/health.ts',
  'src/vault/import-tokens.ts',
  'src/vault/imported-set.ts',
  'src/vault/vault.ts',
  'src/vault/standing.ts',
  'src/vault/owner-moves.ts',
  'src/vault/entry-moves.ts',
  'src/vault/upstream-revocation/queued-revocation.ts',
  'src/vault/upstream-revocation/upstream-revocations.ts',
];
/** The files among them whose values may be imported: they return metadata only, so they call nothing of the house themselves. */
const openValues = ['src/vault/standing.ts', 'src/vault/upstream-revocation/queued-revocation.ts'];
/** Retrieval returns tokens to apps, so it may import the types of its request and of the answer. */
const openToRetrieval = ['src/vault/refresh/decide.ts', 'src/vault/refresh/fresh-result.ts'];
/** The files that the composing rooms may import: they create stores and parts, and none returns a token. */
const makers = [
  ...open,
  'src/vault/entry-counts.ts',
  'src/vault/gauge-store.ts',
  'src/vault/describe-entries.ts',
  'src/vault/description-store.ts',
  'src/vault/entry-store.ts',
  'src/vault/import-store.ts',
  'src/vault/entry-seals-store.ts',
  'src/vault/known-keys.ts',
  'src/vault/lost-entries-store.ts',
  'src/vault/recent-saves.ts',
  'src/vault/seal-state-store.ts',
  'src/vault/seal-transition.ts',
  'src/vault/token-keyring.ts',
  'src/vault/unverified-store.ts',
  'src/vault/version-store.ts',
  'src/vault/refresh/refresh-deps.ts',
  'src/vault/refresh/process-deps.ts',
  'src/vault/refresh/spill.ts',
  'src/vault/refresh/sweep.ts',
  'src/vault/upstream-revocation/lost-revocations-store.ts',
  'src/vault/upstream-revocation/revocation-seals-store.ts',
];

export const vaultWalls: readonly Wall[] = [
  importWall(
    'the vault is entered by its public files only',
    'no other room may import a file that opens a sealed token, and a new file is private until it is listed',
    ({ from, room, to, typeOnly }: ImportSeen) => {
      if (openValues.includes(from.path) && to.startsWith('src/') && !typeOnly) return true;
      if (!to.startsWith('src/vault/') || room === 'vault') return false;
      if (composing.includes(room)) return !makers.includes(to);
      if (room === 'retrieval' && typeOnly) return ![...open, ...openToRetrieval].includes(to);
      return typeOnly ? !open.includes(to) : !openValues.includes(to);
    },
  ),
  codeWall(
    'only retrieval takes plaintext out of the vault',
    'one door out, and that door is audited',
    (node, { path }) =>
      !/^src\/(vault|retrieval|lab|demo|client)\//.test(path) && textOf(node) === 'freshToken'
        ? 'takes freshToken'
        : undefined,
  ),
];
