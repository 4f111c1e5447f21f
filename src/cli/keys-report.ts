import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { readConfig } from '../config.ts';
import { type KeyUse, takeCensus } from '../kit/keys/key-census.ts';
import { tableOf } from './table.ts';

export function reportKeysCommand(): Command {
  return new Command('report')
    .description('list what each key seals, and which keys are unused or missing')
    .action(async () => {
      await using opened = new AsyncDisposableStack();
      const { keyring, sealed } = await openUncheckedStore(readConfig(), opened, { command: true });
      const uses = await takeCensus(keyring, [...sealed.lasting, ...sealed.passing]);
      const names = [...sealed.lasting, ...sealed.passing].map(({ name }) => name);
      process.stdout.write(keyTable(uses, names));
      if (uses.some(({ standing }) => standing === 'missing')) process.exitCode = 1;
    });
}

function keyTable(uses: readonly KeyUse[], names: readonly string[]): string {
  const rows = uses.map(({ id, standing, seals, total }) => [
    id || '(damaged)',
    standing === 'older' && total === 0 ? 'unused' : standing,
    ...names.map((name) => (seals.get(name) ?? 0).toLocaleString('en')),
  ]);
  return tableOf([['key', 'is', ...names], ...rows], 2);
}
