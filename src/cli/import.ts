import { Argument, Command, Option } from 'commander';
import type { Broker } from '../assembly/broker.ts';
import { openImports } from '../assembly/open-imports.ts';
import type { OpenStore } from '../assembly/open-store.ts';
import { ConfigError } from '../config.ts';
import { ExportFileError } from '../imports/export-bytes.ts';
import type { Open } from '../imports/exported-user.ts';
import { type Product, type ProductName, products } from '../imports/products.ts';
import { openExport } from '../imports/read-records.ts';
import type { Tally } from '../imports/tally.ts';
import { systemClock } from '../kit/clock.ts';
import { createImportProgress, summaryOf } from './import-report.ts';
import { openTokensOf } from './import-secret.ts';
import { type LineFile, openLineFile } from './line-file.ts';
import { beginsWithAlias, collect, endsInAlias, withPairLists } from './pair-options.ts';
import { timeOf } from './times-given.ts';
import { eventsOf, withBroker } from './with-broker.ts';

interface Options {
  readonly map: readonly string[];
  readonly scopes: readonly string[];
  readonly exported?: string;
  readonly ask?: true;
  readonly dryRun?: true;
  readonly blocked: 'disable' | 'report';
  readonly changeRoleHolders?: true;
  readonly secretFile?: string;
  readonly realm?: string;
  readonly report?: string;
  readonly ids?: string;
}

export function importCommand(): Command {
  const command = new Command('import');
  return withPairLists(command, { '--map': endsInAlias, '--scopes': beginsWithAlias })
    .description(
      'import users, their accounts and the providers’ tokens from another product; may be stopped and run again',
    )
    .addArgument(new Argument('<product>', 'product that wrote the export').choices(Object.keys(products)))
    .argument('<file>', 'export file as in docs/importing.md, gzipped or plain; - for the standard input')
    .option(
      '--map <name=alias>',
      'connection that has another name in the export; may be repeated',
      collect,
      [],
    )
    .option(
      '--scopes <alias=scopes>',
      'granted scopes, comma-separated, if the export does not state them; may be repeated',
      collect,
      [],
    )
    .option(
      '--secret-file <file>',
      'secret with which the product has encrypted its tokens; - for the standard input',
    )
    .option('--realm <name>', 'realm to import, of an export of several realms')
    .option(
      '--exported <time>',
      'when the export was made, as 2026-11-30T03:00:00Z: the later export has the newer tokens',
    )
    .addOption(
      new Option('--blocked <what>', 'what becomes of people here who are blocked in the other product')
        .choices(['disable', 'report'])
        .default('disable'),
    )
    .option('--change-role-holders', 'add accounts to people with a role here too, and put theirs right')
    .option(
      '--ask',
      'ask the providers, with the exported tokens, about accounts whose subject the export does not tell',
    )
    .option('--dry-run', 'report what an import would do, write nothing')
    .option('--report <file>', 'write what was not imported, and why, one JSON object per line')
    .option('--ids <file>', 'write the new id of each user, one JSON object per line')
    .action(async (product: ProductName, file: string, options: Options) => {
      const tally = await importFile(product, file, options);
      const clear = process.stdout.isTTY ? '\r\x1b[2K' : '';
      process.stdout.write(`${clear}${summaryOf(tally, options.dryRun === true)}\n`);
    });
}

/** Runs the import with the services of a broker that listens on no port. Returns the totals. @throws ConfigError */
async function importFile(product: ProductName, file: string, options: Options): Promise<Tally> {
  const opened: LineFile[] = [];
  const openLines = async (option: string, path: string | undefined, apart: readonly string[]) => {
    const lines = await openLineFile(option, path, apart);
    opened.push(lines);
    return lines;
  };
  const { report } = options;
  try {
    const open = await openTokensOf(products[product], file, { ...options, product });
    const skipped = await openLines('--report', report, [file]);
    // A dry run creates no users, so it has no ids.
    const idsPath = options.dryRun ? undefined : options.ids;
    const ids = await openLines('--ids', idsPath, report === undefined ? [file] : [file, report]);
    const tally = await withBroker((broker, store) =>
      run(product, file, { options, open, skipped, ids, broker, store }),
    );
    await Promise.all(opened.map((lines) => lines.end()));
    if (!tally) throw new ConfigError(`${file}: there are no records in it; see docs/importing.md`);
    return tally;
  } catch (error) {
    // The first failure counts.
    await Promise.allSettled(opened.map((lines) => lines.end()));
    throw error instanceof ExportFileError ? new ConfigError(`${file}: ${error.message}`) : error;
  }
}

interface Means {
  readonly options: Options;
  readonly open: Open | undefined;
  readonly skipped: LineFile;
  readonly ids: LineFile;
  readonly broker: Broker;
  readonly store: OpenStore;
}

/** Returns the totals; undefined: the file has no records. */
async function run(product: ProductName, file: string, means: Means): Promise<Tally | undefined> {
  const { options, open, skipped, ids, store } = means;
  const { connections } = means.broker;
  const names = new Map(pairs('--map', options.map));
  const aliases = (await connections.all()).map(({ alias }) => alias);
  const scopes = new Map(pairs('--scopes', options.scopes));
  // A mistyped alias would otherwise leave out its accounts without a word.
  requireAliases([...names.values(), ...scopes.keys()], aliases);
  const { read, realms }: Product = products[product];
  if (options.realm !== undefined && !realms) throw new ConfigError(`--realm: ${product} has no realms`);
  const exportedAt = pastTime('--exported', options.exported);
  const imports = await openImports(store, means.broker, eventsOf(store));
  // The last thing before the records are read, which closes the file in the end.
  const opened = await openExport(file, realms && { realm: options.realm });
  const progress = createImportProgress(opened, systemClock, process.stdout);
  let tally: Tally | undefined;
  for await (tally of imports.run(opened.records(), {
    from: product,
    read,
    open,
    names,
    scopes: new Map([...scopes].map(([alias, list]) => [alias, list.split(/[\s,]+/)])),
    exportedAt,
    blocked: options.blocked,
    changeRoleHolders: options.changeRoleHolders === true,
    ask: options.ask === true,
    dry: options.dryRun === true,
    onLeft: skipped.write,
    onUser: (ref, user) => ids.write({ from: ref, user }),
  })) {
    await Promise.all([skipped.settled(), ids.settled()]);
    progress(tally);
  }
  return tally;
}

function pastTime(option: string, given: string | undefined): Date | undefined {
  const time = timeOf(option, given);
  if (time && time > systemClock.now()) throw new ConfigError(`${option}: must be a time that has passed`);
  return time;
}

function pairs(option: string, given: readonly string[]): [string, string][] {
  return given.map((pair) => {
    // A name in an export may contain an equals sign; an alias never does.
    const at = option === '--map' ? pair.lastIndexOf('=') : pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw new ConfigError(`${option}: ${pair} is not NAME=VALUE`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function requireAliases(asked: readonly string[], aliases: readonly string[]): void {
  const unknown = asked.filter((alias) => !aliases.includes(alias));
  if (unknown.length === 0) return;
  throw new ConfigError(
    `there is no connection ${unknown.join(', ')} here; there are: ${aliases.join(', ') || 'none'}`,
  );
}
