import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import { domainFileContent, domainFileName } from '../http/domain-files.ts';
import { requireConnection } from './connections-change.ts';
import { tableOf } from './table.ts';
import { withBroker } from './with-broker.ts';

export function domainFilesCommand(): Command {
  return new Command('domain-files')
    .description('files by which providers verify the domain, served at its root')
    .addCommand(
      new Command('list')
        .description('list those of a connection')
        .argument('<alias>', 'alias of the connection')
        .action(async (alias: string) => {
          const files = await withBroker(
            async ({ connections, domainFiles }) =>
              domainFiles.of(await requireConnection(connections, alias)),
            { readOnly: true },
          );
          const rows = files.map(({ name, content }) => [name, content.trim()]);
          process.stdout.write(
            rows.length > 0 ? tableOf([['name', 'content'], ...rows]) : 'There is none.\n',
          );
        }),
    )
    .addCommand(
      new Command('add')
        .description('serve the file that the provider’s console gave you')
        .argument('<alias>', 'alias of the connection')
        .argument('<file>', 'path of the file; its name stays')
        .action(async (alias: string, file: string) => {
          const name = domainFileName.safeParse(path.basename(file));
          if (!name.success) throw new ConfigError(`the name ${name.error.issues[0]?.message}`);
          const content = domainFileContent.safeParse(await textOf(file));
          if (!content.success) throw new ConfigError(`the file ${content.error.issues[0]?.message}`);
          await withBroker(async ({ connections, domainFiles }) =>
            domainFiles.put(await requireConnection(connections, alias), name.data, {
              content: content.data,
            }),
          );
          process.stdout.write(
            `Served at /${name.data}. Next: verify the domain in the provider’s console.\n`,
          );
        }),
    )
    .addCommand(
      new Command('remove')
        .description('serve a file no more')
        .argument('<alias>', 'alias of the connection')
        .argument('<name>', 'name of the file')
        .action(async (alias: string, name: string) => {
          await withBroker(async ({ connections, domainFiles }) =>
            domainFiles.remove(await requireConnection(connections, alias), name),
          );
          process.stdout.write(`${name} is served no more.\n`);
        }),
    );
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new ConfigError(`${file} cannot be read`);
  }
}
