import { Command } from 'commander';
import { lostRowsOf, lostSpills } from '../assembly/lost-keys.ts';
import { openUncheckedStore, type UncheckedStore } from '../assembly/open-store.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { createIntermediateKeyStore } from '../kit/keys/intermediate-key-store.ts';
import { takeCensus } from '../kit/keys/key-census.ts';
import type { LostRows } from '../kit/keys/lost-rows.ts';
import { runAs } from '../kit/request-context.ts';
import { requireConfirmation } from './confirmation.ts';
import { formatCount } from './table.ts';
import { eventsOf, operator } from './with-broker.ts';

export function abandonKeyCommand(): Command {
  return new Command('abandon')
    .description('give up a key that is lost for good: what it sealed is dropped, and people authorise again')
    .argument('<kid>', 'id of the key, or the name of a key management service for all keys that it wrapped')
    .option('--yes', 'do it; without it, only say what would be given up')
    .action((kid: string, { yes }: { yes?: boolean }) => runAs(operator(), () => abandon(kid, yes)));
}

async function abandon(kid: string, yes: boolean | undefined): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const config = readConfig();
  const store = await openUncheckedStore(config, opened, { command: true });
  const lost = await findLost(store, kid);
  await report(store, config, lost);
  requireConfirmation(yes, `Everything above is lost for good. A backup of ${kid} would save it.`);
  const given = await giveUp(store, lost);
  const { keyIds } = lost;
  await createIntermediateKeyStore(store.database.pool).abandon([...keyIds, ...lost.deriving]);
  const detail = { key: kid, keys: keyIds.length, ...Object.fromEntries(given) };
  await eventsOf(store).record({ type: 'encryption_key.abandoned', detail });
  process.stdout.write(`Gave up ${kid}. Start the brokers again.\n`);
}

interface Lost {
  /** The ids of keys that seal values. */
  readonly keyIds: readonly string[];
  /** The ids of keys from which cookies were derived. */
  readonly deriving: readonly string[];
}

/** Returns the keys that are meant. @throws ConfigError when one of them is not lost, or seals nothing */
async function findLost({ keyring, database, sealed }: UncheckedStore, kid: string): Promise<Lost> {
  const wrapped = (await createIntermediateKeyStore(database.pool).all()).filter(
    ({ id, provider }) => provider === kid || id === kid,
  );
  const meant = wrapped.filter(({ purpose }) => purpose === 'seal').map(({ id }) => id);
  const keyIds = wrapped.length > 0 ? meant : [kid];
  const there = keyIds.find((id) => keyring.has(id));
  if (there)
    throw new ConfigError(
      `key ${there} is configured, so it is not lost. To retire it, run \`symbolon keys rewrap\`.`,
    );
  const uses = await takeCensus(keyring, [...sealed.lasting, ...sealed.expiring]);
  const used = uses.some(({ id, total }) => keyIds.includes(id) && total > 0);
  if (!used && wrapped.length === 0) throw new ConfigError(`key ${kid} seals nothing and is not known`);
  return { keyIds, deriving: wrapped.filter(({ purpose }) => purpose === 'derive').map(({ id }) => id) };
}

/** Says for each kind of value how many there are, and the consequence. */
async function report(store: UncheckedStore, { unsavedDirectory }: Config, { keyIds }: Lost): Promise<void> {
  const tables = [...store.sealed.lasting, ...store.sealed.expiring];
  const uses = (await takeCensus(store.keyring, tables)).filter(({ id }) => keyIds.includes(id));
  const kinds = lostRowsOf(store);
  const kept = uses
    .flatMap(({ seals }) => [...seals.keys()])
    .filter((name) => !kinds.some((rows) => rows.name === name));
  if (kept.length > 0)
    throw new ConfigError(`${[...new Set(kept)].join(', ')} cannot be given up. Nothing was done.`);
  for (const rows of kinds) {
    const count = uses.reduce((sum, { seals }) => sum + (seals.get(rows.name) ?? 0), 0);
    if (count > 0) process.stdout.write(`${await lineOf(rows, keyIds, count)}\n`);
  }
  const spills = await lostSpills(unsavedDirectory, keyIds);
  for (const file of spills)
    process.stdout.write(`${file}: a refreshed token that was not saved; delete the file afterwards\n`);
  process.stdout.write(`Look into ${unsavedDirectory} on the other machines, too.\n`);
}

const mostNames = 20;

async function lineOf({ name, consequence, namesOf }: LostRows, keyIds: readonly string[], count: number) {
  const names = (await namesOf?.(keyIds)) ?? [];
  const some = names.slice(0, mostNames).join(', ');
  const more = names.length > mostNames ? `, and ${formatCount(names.length - mostNames)} more` : '';
  return `${formatCount(count)} ${name}: ${consequence}${some ? `: ${some}${more}` : ''}`;
}

/** Gives everything up. Returns the numbers by kind. */
async function giveUp(store: UncheckedStore, { keyIds }: Lost): Promise<ReadonlyMap<string, number>> {
  const given = new Map<string, number>();
  for (const rows of lostRowsOf(store)) {
    let count = 0;
    for await (const batch of rows.giveUp(keyIds)) count += batch;
    if (count > 0) given.set(rows.name.replaceAll(' ', '_'), count);
  }
  return given;
}
