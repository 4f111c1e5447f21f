import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';

export function generateKeyCommand(): Command {
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
          'it; `symbolon keys rewrap` then moves what they seal to the new one.\n' +
          'Without it nothing in the vault can be read: keep a copy apart from the database.\n',
      );
    });
}
