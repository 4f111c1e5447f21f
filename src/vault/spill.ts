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
  /** Answers the way to forget it. */
  keep(result: Refreshed): Promise<() => Promise<void>>;
  count(): Promise<number>;
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
      const place = path.join(directory, `${name}.sealed`);
      const file = await open(place, 'w', 0o600);
      try {
        await file.writeFile(sealColumn(keyring, serialize(result), context(name)));
        await file.sync();
      } finally {
        await file.close();
      }
      return () => rm(place, { force: true });
    },
    count: async () => (await sealedIn(directory)).length,
    async all() {
      return await Promise.all(
        (await sealedIn(directory)).map(async (name) => {
          const file = path.join(directory, name);
          const text = openColumn(keyring, await readFile(file), context(name.replace('.sealed', '')));
          return { result: parse(text), forget: () => rm(file, { force: true }) };
        }),
      );
    },
  };
}

async function sealedIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith('.sealed'));
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
  accessLifetime: z.number().optional(),
  furtherScopes: z.array(z.string()).optional(),
  scopes: z.array(z.string()),
  accessExpiresAt: moment,
  refreshExpiresAt: moment,
  absoluteCapAt: moment,
  statesRefreshEnd: z.boolean().optional(),
});

const shape = z.object({
  identityId: z.string(),
  userId: z.string(),
  connectionId: z.string(),
  version: z.number(),
  depositedAt: moment.default(null),
  clientId: z.string().optional(),
  how: z.enum(['refresh_token', 'exchange-live-token', 'none']),
  rotation: z.enum(['static', 'overlapping', 'single-use', 'reuse-kills-family']),
  held: holdingShape,
  refreshed: holdingShape,
  foreign: z.enum(['iss', 'sub', 'aud']).optional(),
});

function serialize({ traits, held, refreshed, ...about }: Refreshed): string {
  return JSON.stringify({
    ...about,
    ...{ how: traits.how, rotation: traits.rotation },
    held: plain(held),
    refreshed: plain(refreshed),
  });
}

function plain({ tokens, ...rest }: Holding): object {
  const { accessToken, refreshToken, ...beside } = tokens;
  return { ...rest, ...beside, access_token: accessToken.reveal(), refresh_token: refreshToken?.reveal() };
}

function parse(text: string): Refreshed {
  const { how, rotation, held, refreshed, ...about } = shape.parse(JSON.parse(text));
  return { ...about, traits: { how, rotation }, held: holding(held), refreshed: holding(refreshed) };
}

function holding({
  access_token,
  refresh_token,
  parameters,
  accessLifetime,
  furtherScopes,
  ...rest
}: z.infer<typeof holdingShape>): Holding {
  const refreshToken = refresh_token === undefined ? undefined : new Secret(refresh_token);
  return {
    ...rest,
    tokens: {
      accessToken: new Secret(access_token),
      refreshToken,
      parameters,
      accessLifetime,
      furtherScopes,
    },
  };
}
