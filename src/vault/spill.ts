import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Keyring } from '../kit/keyring.ts';
import { openColumn, sealColumn } from '../kit/sealed-column.ts';
import { Secret } from '../kit/secret.ts';
import type { Holding } from './holding.ts';
import type { Refreshed } from './refreshed.ts';

/** Token sets that the database did not take, sealed on this machine's disk until it does. */
export interface Spill {
  keep(result: Refreshed): Promise<void>;
  /** What was kept and can be opened, each with the way to forget it. */
  all(): Promise<readonly Spilled[]>;
}

export interface Spilled {
  readonly result: Refreshed;
  forget(): Promise<void>;
}

export function createSpill(directory: string, keyring: Keyring): Spill {
  return {
    async keep(result) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const name = createHash('sha256')
        .update(`${result.identityId}:${result.version}`)
        .digest('hex')
        .slice(0, 32);
      const file = await open(path.join(directory, `${name}.sealed`), 'w', 0o600);
      try {
        await file.writeFile(sealColumn(keyring, serialize(result), context(name)));
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async all() {
      const names = await readdir(directory).catch(() => []);
      const sealed = names.filter((name) => name.endsWith('.sealed'));
      return await Promise.all(
        sealed.map(async (name) => {
          const file = path.join(directory, name);
          const text = openColumn(keyring, await readFile(file), context(name.replace('.sealed', '')));
          return { result: parse(text), forget: () => rm(file, { force: true }) };
        }),
      );
    },
  };
}

function context(name: string): string {
  return `spill:${name}`;
}

const moment = z.iso
  .datetime()
  .nullable()
  .transform((text) => (text === null ? null : new Date(text)));

const holdingShape = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
  scopes: z.array(z.string()),
  accessExpiresAt: moment,
  refreshExpiresAt: moment,
  absoluteCapAt: moment,
});

const shape = z.object({
  identityId: z.string(),
  version: z.number(),
  how: z.enum(['refresh_token', 'exchange-live-token', 'none']),
  held: holdingShape,
  refreshed: holdingShape,
});

function serialize({ identityId, version, traits, held, refreshed }: Refreshed): string {
  return JSON.stringify({
    identityId,
    version,
    how: traits.how,
    held: plain(held),
    refreshed: plain(refreshed),
  });
}

function plain({ tokens, ...rest }: Holding): object {
  const { accessToken, refreshToken, parameters } = tokens;
  return { ...rest, access_token: accessToken.reveal(), refresh_token: refreshToken?.reveal(), parameters };
}

function parse(text: string): Refreshed {
  const { identityId, version, how, held, refreshed } = shape.parse(JSON.parse(text));
  return { identityId, version, traits: { how }, held: holding(held), refreshed: holding(refreshed) };
}

function holding({
  access_token,
  refresh_token,
  parameters,
  ...rest
}: z.infer<typeof holdingShape>): Holding {
  const refreshToken = refresh_token === undefined ? undefined : new Secret(refresh_token);
  return { ...rest, tokens: { accessToken: new Secret(access_token), refreshToken, parameters } };
}
