import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { ConfigError, readConfig } from '../config.ts';
import { createDatabaseSource } from '../kit/audit/database-source.ts';
import { exportChain } from '../kit/audit/export-file.ts';
import { createFileSource } from '../kit/audit/file-source.ts';
import type { Finding, Head } from '../kit/audit/finding.ts';
import { headFileOf, readHead } from '../kit/audit/head-file.ts';
import { type ChainedEvent, createSealSigner } from '../kit/audit/seal.ts';
import type { Verification } from '../kit/audit/verify-chain.ts';
import { createEventMark } from '../kit/events/event-mark.ts';
import { KeyListError } from '../kit/keys/key-provider.ts';
import { createKeyring } from '../kit/keys/keyring.ts';
import { createVersionStore } from '../vault/version-store.ts';
import { createAbandonedKeys } from './audit-keys.ts';
import { runVerification } from './audit-report.ts';
import { retainCommand } from './audit-retain.ts';
import { truncateCommand } from './audit-truncate.ts';
import { createSaves } from './audit-versions.ts';
import { timeOf } from './times-given.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('check, export and shorten the audit, which a chain of hashes protects')
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
    .addCommand(retainCommand())
    .addCommand(truncateCommand());
}

interface VerifyOptions {
  readonly since?: string;
  readonly head?: string;
  readonly json?: true;
  readonly signed?: true;
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'compare the events with the chain; names each event that was changed, removed or inserted, and ends with 3 if there is one',
    )
    .argument('[file]', 'an export to verify without the database')
    .option('--since <time>', 'only the seals since then')
    .option('--head <hash>', 'a hash that you have noted or logged: the chain must have it')
    .option('--json', 'print one JSON document')
    .option('--signed', 'with a file: check the signatures too, with the configured encryption keys')
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const heads = options.head === undefined ? [] : [givenHead(options.head)];
      if (file === undefined) await verifyDatabase(options, heads);
      else await verifyFile(file, options, heads);
    });
}

async function verifyDatabase(options: VerifyOptions, given: readonly Head[]): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const config = readConfig();
  const { database, keyring } = await openUncheckedStore(config, opened, { command: true });
  const since = timeOf('--since', options.since);
  const kept = await readHead(headFileOf(config.dataDirectory, config.databaseUrl));
  const notes: string[] = [];
  const saves = createSaves(createVersionStore(database.pool));
  const source = createDatabaseSource(database.pool, { since }, (note) => notes.push(note));
  const partial = since !== undefined;
  // A head that was kept before the first of these seals is not looked for.
  const heads = [...given, ...(kept && !(since && kept.closedAt && kept.closedAt < since) ? [kept] : [])];
  const keys = { signer: createSealSigner(keyring), mark: createEventMark(keyring) };
  const noteAbandoned = createAbandonedKeys(keys.mark, (note) => notes.push(note));
  const onEvent = (event: ChainedEvent) => {
    saves.see(event);
    noteAbandoned(event);
  };
  const verification = { source, ...keys, heads, partial, onEvent };
  await runVerification(verification, { json: options.json, notes, further: saves.rolledBack });
}

async function verifyFile(file: string, options: VerifyOptions, heads: readonly Head[]): Promise<void> {
  const notes: string[] = [];
  const keyring = options.signed ? await configuredKeyring() : undefined;
  const signer = keyring && createSealSigner(keyring);
  const mark = keyring && createEventMark(keyring);
  if (!keyring)
    notes.push('The signatures were not checked: add --signed, with the encryption keys of the broker.');
  const source = createFileSource(createReadStream(file));
  const since = timeOf('--since', options.since);
  const verification: Verification = { source, signer, mark, heads, partial: true };
  if (since) throw new ConfigError('--since: an export is verified whole');
  await runVerification(verification, { json: options.json, notes, further: nothing });
}

async function* nothing(): AsyncGenerator<Finding> {}

async function configuredKeyring() {
  const { keys } = readConfig();
  try {
    return createKeyring(await keys.load());
  } catch (error) {
    throw error instanceof KeyListError ? new ConfigError(`${keys.setting}: ${error.message}`) : error;
  }
}

function givenHead(hash: string): Head {
  if (!/^[0-9a-f]{16,64}$/i.test(hash)) throw new ConfigError('--head: must be 16 to 64 hexadecimal digits');
  return { hash: hash.toLowerCase(), from: '--head' };
}

function exportCommand(): Command {
  return new Command('export')
    .description('print the seals and their events as JSON lines, for `symbolon audit verify <file>`')
    .option('--since <time>', 'only the seals since then')
    .option('--until <time>', 'only the seals until then')
    .action(async (options: { readonly since?: string; readonly until?: string }) => {
      await using opened = new AsyncDisposableStack();
      const { database } = await openUncheckedStore(readConfig(), opened, { command: true });
      const range = { since: timeOf('--since', options.since), until: timeOf('--until', options.until) };
      const source = createDatabaseSource(database.pool, range, () => undefined);
      for await (const text of exportChain(source)) {
        if (!process.stdout.write(text))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
    });
}
