import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createBlockedUsers } from '../../src/assembly/blocked-users.ts';
import { createRekey } from '../../src/assembly/rekey.ts';
import { createBrowserSessionStore } from '../../src/http/browser-session-store.ts';
import { createSubjectMoves } from '../../src/identities/subject-moves-store.ts';
import { createUserImportStore } from '../../src/identities/user-import-store.ts';
import type { Open, ReadUser } from '../../src/imports/exported-user.ts';
import { createImports } from '../../src/imports/imports.ts';
import { openExport } from '../../src/imports/read-records.ts';
import type { Left } from '../../src/imports/reasons.ts';
import { newTally, type Tally } from '../../src/imports/tally.ts';
import { createEventStore } from '../../src/kit/events/event-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createEntryImportStore } from '../../src/vault/import-store.ts';
import { createTokenImport } from '../../src/vault/import-tokens.ts';
import { atEnd } from '../support/at-end.ts';
import { createVaultWorld, type VaultWorldOptions } from '../support/vault-world.ts';

export interface Imported {
  readonly tally: Tally;
  readonly left: readonly Left[];
  /** The user's id here, by the id in the export. */
  readonly ids: ReadonlyMap<string, string>;
}

export interface ImportAsk {
  readonly names?: Readonly<Record<string, string>>;
  readonly scopes?: Readonly<Record<string, readonly string[]>>;
  readonly dry?: boolean;
  readonly ask?: boolean;
  readonly blocked?: 'disable' | 'report';
  readonly changeRoleHolders?: boolean;
  readonly open?: Open;
  readonly exportedAt?: Date;
}

/** The rooms up to the vault, with the lab's providers, and the import. */
export async function createImportWorld(options: VaultWorldOptions = {}) {
  const world = await createVaultWorld(options);
  const { database, connections, clock, keyring, rowTags } = world;
  const log = createLog('warn', { write: () => undefined });
  const events = createEvents(database.pool, log);
  const subjectMoves = createSubjectMoves(rowTags);
  const users = createUserImportStore(database.pool, rowTags);
  const signedOut: string[] = [];
  const imports = createImports({
    rekey: createRekey({ database, subjectMoves, ownerMoves: world.ownerMoves, events }),
    connections,
    clock,
    identities: users,
    blockedUsers: createBlockedUsers({
      eventStore: createEventStore(database.prisma),
      users,
      identities: world.identities,
      issuance: { revokeUser: async (userId) => void signedOut.push(userId) },
      accountSessions: createBrowserSessionStore(database.pool),
    }),
    vault: createTokenImport({
      entries: createEntryStore(database),
      importStore: createEntryImportStore(database.prisma),
      keyring,
      clock,
      events,
    }),
    events,
  });

  async function run(file: string, read: ReadUser, ask: ImportAsk = {}): Promise<Imported> {
    const { names = {}, scopes = {}, dry = false, open, exportedAt, blocked, changeRoleHolders } = ask;
    const left: Left[] = [];
    const ids = new Map<string, string>();
    let tally = newTally();
    const opened = await openExport(file);
    for await (tally of imports.run(opened.records(), {
      from: 'test',
      read,
      open,
      names: new Map(Object.entries(names)),
      scopes: new Map(Object.entries(scopes)),
      dry,
      ask: ask.ask,
      exportedAt,
      blocked,
      changeRoleHolders,
      onLeft: (one) => left.push(one),
      onUser: (ref, userId) => ids.set(ref, userId),
    }));
    return { tally, left, ids };
  }

  return {
    ...world,
    run,
    /** The users whose sessions and tokens an import has ended. */
    signedOut,
    /** Returns everything that an import could change. */
    async contents(): Promise<unknown> {
      const tables = ['"user"', 'identity', 'shared_id', 'vault_entry'];
      const rows = tables.map((table) => database.pool.query(`SELECT * FROM ${table} ORDER BY 1`));
      return (await Promise.all(rows)).map((answer) => answer.rows);
    },
    async empty(): Promise<void> {
      await database.pool.query('TRUNCATE "user", departure CASCADE');
    },
    async linked(userId: string) {
      const rows = await world.identities.allOfUser(userId);
      const all = await connections.all();
      return rows.map((row) => ({ ...row, alias: all.find(({ id }) => id === row.connectionId)?.alias }));
    },
    async health(userId: string, alias: string) {
      const connection = await world.connection(alias);
      const of = (await world.identities.ofUser(userId)).filter(
        ({ connectionId }) => connectionId === connection.id,
      );
      const told = await world.vault.health(of.map(({ id }) => ({ id, connection })));
      return of[0] && told.get(of[0].id);
    },
    /** Retrieves the token, with a refresh if needed. */
    async fresh(userId: string, alias: string, minTtl = 60_000) {
      const connection = await world.connection(alias);
      const of = (await world.identities.ofUser(userId)).filter(
        ({ connectionId }) => connectionId === connection.id,
      );
      const identityId = of[0]?.id ?? 'none';
      return await world.vault.freshToken(
        { identityId, userId, subject: of[0]?.subject ?? '', connection },
        { minTtl, refreshedSince: undefined },
      );
    },
  };
}

export type ImportWorld = Awaited<ReturnType<typeof createImportWorld>>;

async function temporary(name: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-import-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  return path.join(directory, name);
}

export async function fileOf(text: string): Promise<string> {
  const file = await temporary('export.json');
  await writeFile(file, text);
  return file;
}

export const lines = (records: readonly unknown[]) =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

export async function gzippedFileOf(text: string): Promise<string> {
  const file = await temporary('export.json.gz');
  await writeFile(file, gzipSync(text));
  return file;
}
