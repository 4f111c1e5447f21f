import { stat } from 'node:fs/promises';
import { ConfigError } from '../config.ts';
import type { Open } from '../imports/exported-user.ts';
import { UnusableSecretError, whyNoneOpens } from '../imports/opener.ts';
import type { Product } from '../imports/products.ts';
import { openExport } from '../imports/read-records.ts';
import { systemClock } from '../kit/clock.ts';
import { createSecretInput } from './secret-input.ts';

const flag = '--secret-file';

interface Asked {
  readonly product: string;
  readonly secretFile?: string | undefined;
  readonly realm?: string | undefined;
}

/**
 * Returns the opener of the export's encrypted tokens; undefined: the operator gave no secret. The secret has opened a token,
 * unless none is encrypted. @throws ConfigError, before the import has written anything
 */
export async function openTokensOf(
  { read, realms, opener }: Product,
  file: string,
  { product, secretFile, realm }: Asked,
): Promise<Open | undefined> {
  if (secretFile === undefined) return undefined;
  if (!opener) throw new ConfigError(`${flag}: ${product} encrypts no tokens`);
  const open = await openerOf(opener, secretFile);
  if (!(await canBeReadTwice(file)))
    throw new ConfigError(`${flag}: the export is read twice, so it has to be a file and not a pipe`);
  const exported = await openExport(file, realms && { realm });
  const why = await whyNoneOpens(exported.records(), { read, open, now: systemClock.now() });
  if (why !== undefined)
    throw new ConfigError(`${flag}: no encrypted token of the export opens (${why}); nothing was imported`);
  return open;
}

/** A file that is missing is reported when it is opened. */
async function canBeReadTwice(file: string): Promise<boolean> {
  if (file === '-') return false;
  return (await stat(file).catch(() => undefined))?.isFile() !== false;
}

async function openerOf(opener: NonNullable<Product['opener']>, file: string): Promise<Open> {
  const secret = await createSecretInput().readFile(flag, file);
  try {
    return opener(secret);
  } catch (error) {
    throw error instanceof UnusableSecretError ? new ConfigError(`${flag}: ${error.message}`) : error;
  }
}
