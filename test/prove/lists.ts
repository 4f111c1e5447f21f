import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { findConnector } from '../../src/connectors/registry.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import type { Connection } from '../../src/login/connections.ts';
import {
  createIdentityList,
  type ListPosition,
  type ListQuestion,
} from '../../src/reporting/identity-list.ts';
import { createIdentityListStore } from '../../src/reporting/identity-list-store.ts';
import { standingFacts } from '../../src/vault/standing-facts.ts';
import { seededConnections, seedPeople } from './seed-large.ts';

// npm run prove:lists [accounts]. Each list over many people is read warm, its first page and its thousandth. The figures
// are of the statements alone: the rows are not described, for which no token set has to open.

const count = Number(process.argv[2] ?? 100_000);
const rounds = 20;
const most = 100;

const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-lists-'));
await chmod(folder, 0o755);
const postgres = await startEmbeddedPostgres(path.join(folder, 'postgres'));
await applyMigrations(postgres.url, { embedded: true });
const database = createDatabase({
  url: postgres.url,
  poolSize: 2,
  embedded: true,
  longest: Number.POSITIVE_INFINITY,
});
const { pool } = database;

const connections = seededConnections.map(([alias, provider]) => {
  const endpoints = { token: `https://${alias}.example/token` };
  const registration = { clientId: 'client', endpoints };
  return {
    id: `con_${alias}`,
    alias,
    connector: findConnector(provider),
    registration,
    changedAt: new Date(),
  };
}) as unknown as readonly Connection[];

const list = createIdentityList({
  store: createIdentityListStore(pool),
  identities: { byIds: async () => [] },
  connections: { all: async () => connections },
  vault: { health: async () => new Map(), standingFacts },
  clock: systemClock,
});

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day);
const identityLists: Readonly<Record<string, Omit<ListQuestion, 'limit'>>> = {
  'all accounts': { filter: {} },
  'of one connection': { filter: { aliases: ['wechat'] } },
  'of three connections': { filter: { aliases: ['wechat', 'github', 'feishu'] } },
  'dead grants': { filter: { states: ['reauthorization_required'] } },
  'dead grants of a connection and a reason': {
    filter: { states: ['reauthorization_required'], aliases: ['feishu'], reasons: ['password_changed'] },
  },
  'dead grants by linking': { filter: { states: ['reauthorization_required'] }, sort: 'linked' },
  'active ones': { filter: { states: ['active'] } },
  'expiring ones': { filter: { states: ['expiring'] } },
  'retrying ones': { filter: { states: ['retrying'] } },
  'refreshing ones (none)': { filter: { states: ['refreshing'] } },
  'by the next end': { filter: {}, sort: 'ends' },
  'ends within 14 days, of a connection': { filter: { endsBefore: ago(-14), aliases: ['feishu'] } },
  'used by an app': { filter: { app: 'app_notes' } },
  'used by an app, dead': { filter: { app: 'app_rare', states: ['reauthorization_required'] } },
  'not used for 80 days': { filter: { lastUsedBefore: ago(80) } },
  'linked in one week': { filter: { linkedSince: ago(30), linkedUntil: ago(23) } },
  'a name of two characters': { filter: { search: '王小' } },
  'a name of three characters that nobody has': { filter: { search: '王欧阳' } },
  'one common character': { filter: { search: '王' } },
  'one rare character': { filter: { search: '欧' } },
  'part of an address': { filter: { search: 'person.abc' } },
  'part of every address': { filter: { search: '.example' } },
  'a Latin name': { filter: { search: 'chloé' } },
  'one Latin letter': { filter: { search: 'x' } },
  'a name among dead grants': { filter: { search: '李伟', states: ['reauthorization_required'] } },
};

const p95 = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

interface Line {
  readonly name: string;
  readonly first: number;
  readonly thousandth: number;
  readonly note: string;
}

/** Measures a list by its page function. `walk`: pages of 200 to the place of the thousandth page of 50. */
async function measure<Position>(
  name: string,
  page: (limit: number, after: Position | undefined) => Promise<{ rows: number; next: Position | undefined }>,
): Promise<Line> {
  const time = async (after: Position | undefined) => {
    const times: number[] = [];
    for (let round = 0; round < rounds + 3; round += 1) {
      const begun = performance.now();
      await page(50, after);
      if (round >= 3) times.push(performance.now() - begun);
    }
    return Math.round(10 * p95(times)) / 10;
  };
  const first = await time(undefined);
  let after: Position | undefined;
  let pages = 0;
  for (; pages < 250; pages += 1) {
    const { next } = await page(200, after);
    if (next === undefined) break;
    after = next;
  }
  return { name, first, thousandth: await time(after), note: pages < 250 ? `${pages} pages of 200` : '' };
}

try {
  const times = await seedPeople(pool, count);
  console.info(`${count.toLocaleString('en')} accounts`, Object.fromEntries(times));
  const lines: Line[] = [];
  for (const [name, question] of Object.entries(identityLists)) {
    let slowest = 0;
    const line = await measure<ListPosition>(name, async (limit, after) => {
      const page = await list.page({ ...question, limit, after });
      slowest = Math.max(slowest, page.lookedBackTo ? 1 : 0);
      return { rows: page.items.length, next: page.next };
    });
    lines.push({ ...line, note: `${line.note}${slowest ? ' looked back' : ''}` });
    console.info(JSON.stringify(lines.at(-1)));
  }
  const slow = lines.filter(({ first, thousandth }) => Math.max(first, thousandth) > most);
  console.table(lines);
  if (slow.length > 0) process.exitCode = 1;
} finally {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
