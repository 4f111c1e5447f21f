import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { readConfig } from '../config.ts';
import { leastPublished } from '../issuance/keys/signing-keys.ts';
import { after, systemClock } from '../kit/clock.ts';
import { type KeyUse, takeCensus } from '../kit/keys/key-census.ts';
import { Problem } from '../kit/problem.ts';
import { abandonKeyCommand } from './keys-abandon.ts';
import { rewrapCommand } from './keys-rewrap.ts';
import { formatCount, tableOf } from './table.ts';
import { withBroker } from './with-broker.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('encryption keys, and the keys that sign tokens')
    .addCommand(generateKeyCommand())
    .addCommand(rewrapCommand())
    .addCommand(reportKeysCommand())
    .addCommand(abandonKeyCommand())
    .addCommand(rotateSigningCommand());
}

function generateKeyCommand(): Command {
  return new Command('generate')
    .description('make a key for ENCRYPTION_KEYS')
    .option(
      '--id <kid>',
      'name of the key',
      `k${systemClock.now().toISOString().slice(0, 10).replaceAll('-', '')}`,
    )
    .action(({ id }: { id: string }) => {
      if (!/^[A-Za-z0-9._-]{1,64}$/.test(id))
        throw new Error('--id: letters, digits, dot, dash and underscore only');
      process.stdout.write(`${id}:${randomBytes(32).toString('base64')}\n`);
      process.stderr.write(
        'Put it first in ENCRYPTION_KEYS, or in the file that ENCRYPTION_KEYS_FILE names, and keep the older keys behind\n' +
          'it; `symbolon keys rewrap` then seals every stored value with the new key.\n' +
          'Without it the vault cannot be read: keep a copy apart from the database.\n',
      );
    });
}

function rotateSigningCommand(): Command {
  return new Command('rotate-signing')
    .description(
      'sign tokens with the next key, in every process, without a restart; happens by itself every 90 days',
    )
    .option('--compromised', 'remove the old key from the set at once; every token it signed becomes invalid')
    .action(async ({ compromised = false }: { compromised?: boolean }) => {
      await withBroker(async ({ issuance }, { clock }) => {
        const nextKeyIsKnownAt = after(await issuance.nextSigningKeyPublishedAt(), leastPublished);
        if (!compromised && nextKeyIsKnownAt > clock.now())
          throw new Problem('conflict', {
            detail: `The next key is too new for apps to know it: wait until ${nextKeyIsKnownAt.toISOString()}, or add --compromised.`,
          });
        await issuance.rotateSigningKey({ compromised });
      });
      process.stdout.write(
        compromised
          ? 'The next key signs now. The old one was removed, so everyone has to sign in again.\n'
          : 'The next key signs now. The old one stays in the key set for 30 days, for the tokens that it signed.\n',
      );
    });
}

function reportKeysCommand(): Command {
  return new Command('report')
    .description('list what each key seals, and which keys are unused or missing')
    .action(async () => {
      await using opened = new AsyncDisposableStack();
      const store = await openUncheckedStore(readConfig(), opened, { command: true });
      const tables = [...store.sealed.lasting, ...store.sealed.expiring];
      const uses = await takeCensus(store.keyring, tables, await store.keptKeys.roles());
      const names = tables.map(({ name }) => name);
      process.stdout.write(keyTable(uses, names, await store.wrapCounts.read()));
      if (uses.some(({ standing }) => standing === 'missing')) process.exitCode = 1;
    });
}

function keyTable(
  uses: readonly KeyUse[],
  names: readonly string[],
  wraps: ReadonlyMap<string, number>,
): string {
  const rows = uses.map(({ id, standing, seals, total }) => [
    id || '(damaged)',
    standing === 'older' && total === 0 ? 'unused' : standing,
    formatCount(wraps.get(id) ?? 0),
    ...names.map((name) => formatCount(seals.get(name) ?? 0)),
  ]);
  return tableOf([['key', 'is', 'sealed so far', ...names], ...rows], 2);
}
