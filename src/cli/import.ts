import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Argument, Command } from 'commander';
import { openImports } from '../assembly/open-imports.ts';
import { ConfigError } from '../config.ts';
import { type ProductName, products } from '../imports/products.ts';
import { ExportFileError, openExport } from '../imports/read-records.ts';
import type { Tally } from '../imports/tally.ts';
import { systemClock } from '../kit/clock.ts';
import { createImportProgress, summaryOf } from './import-report.ts';
import { eventsOf, withBroker } from './with-broker.ts';

interface Options {
  readonly map: readonly string[];
  readonly scopes: readonly string[];
  readonly dryRun?: true;
  readonly report?: string;
  readonly ids?: string;
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'import users, their accounts and the providers’ tokens from another product; may be stopped and run again',
    )
    .addArgument(new Argument('<product>', 'product that wrote the export').choices(Object.keys(products)))
    .argument('<file>', 'export file as in docs/importing.md, gzipped or plain')
    .option('--map <name=alias...>', 'connections that have another name in the export', [])
    .option(
      '--scopes <alias=scopes...>',
      'granted scopes, comma-separated, if the export does not state them',
      [],
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
  const skipped = lineFile(options.report);
  const ids = lineFile(options.ids);
  /** The totals; undefined: the file has no records. */
  let last: Tally | undefined;
  try {
    last = await withBroker(async ({ connections }, store) => {
      const names = new Map(pairs('--map', options.map));
      const aliases = (await connections.all()).map(({ alias }) => alias);
      const scopes = new Map(pairs('--scopes', options.scopes));
      // A mistyped alias would otherwise leave out its accounts without a word.
      requireAliases([...names.values(), ...scopes.keys()], aliases);
      const opened = await openExport(file);
      const progress = createImportProgress(opened, systemClock, process.stdout);
      let tally: Tally | undefined;
      for await (tally of (await openImports(store, connections, eventsOf(store))).run(opened.records(), {
        from: product,
        read: products[product].read,
        names,
        scopes: new Map([...scopes].map(([alias, list]) => [alias, list.split(/[\s,]+/)])),
        dry: options.dryRun === true,
        onLeft: skipped.write,
        onUser: (ref, user) => ids.write({ from: ref, user }),
      }))
        progress(tally);
      return tally;
    });
  } catch (error) {
    if (error instanceof ExportFileError) throw new ConfigError(`${file}: ${error.message}`);
    throw error;
  } finally {
    await Promise.all([skipped.end(), ids.end()]);
  }
  if (!last) throw new ConfigError(`${file}: there are no records in it; see docs/importing.md`);
  return last;
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

/** Opens a file of one JSON object per line, or a sink that drops them if there is no path. */
function lineFile(path: string | undefined) {
  const stream = path === undefined ? undefined : createWriteStream(path, { mode: 0o600 });
  return {
    write: (line: object) => void stream?.write(`${JSON.stringify(line)}\n`),
    async end() {
      if (!stream) return;
      stream.end();
      await finished(stream);
    },
  };
}
