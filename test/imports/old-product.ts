import type { TokenSet } from '../../src/connectors/contract/upstream-sign-in.ts';
import { tokenOrigins } from '../../src/connectors/engine/destinations.ts';
import { seconds } from '../../src/kit/clock.ts';
import type { VaultWorld } from '../support/vault-world.ts';

interface Account {
  readonly alias: string;
  readonly person: string;
  readonly subject: string;
  tokens: TokenSet;
  updatedAt: Date;
}

/** The facts that a product states about a token set. Better Auth states all of them where the provider does. */
export interface Statement {
  readonly times: boolean;
  readonly ends: boolean;
}

type World = Pick<VaultWorld, 'arrive' | 'connection' | 'clock'>;

/**
 * A product with the same client ids at the lab's providers, which goes on running beside the broker: people sign in there,
 * and it refreshes their tokens. Its export has the shape of Better Auth.
 */
export function createOldProduct({ arrive, connection, clock }: World) {
  const accounts = new Map<string, Account>();
  const bans = new Map<string, Date | null>();
  const keyOf = (person: string, alias: string) => `${person} at ${alias}`;

  function accountOf(person: string, alias: string): Account {
    const account = accounts.get(keyOf(person, alias));
    if (!account) throw new Error(`${person} has not signed in at ${alias} there`);
    return account;
  }

  return {
    async signIn(person: string, ...aliases: readonly string[]): Promise<void> {
      for (const alias of aliases) {
        const { account, tokens } = await arrive(alias, person, { forceConsent: true });
        if (!tokens) throw new Error(`${alias} issues no tokens`);
        const { subject } = account;
        accounts.set(keyOf(person, alias), { alias, person, subject, tokens, updatedAt: clock.now() });
      }
    },
    /** Refreshes as the old product does, and stores the answer. */
    async refresh(person: string, alias: string): Promise<void> {
      const account = accountOf(person, alias);
      const { upstream, registration } = await connection(alias);
      const origins = tokenOrigins(registration);
      const answer = await upstream.refresh({
        ...account.tokens,
        origins,
        parameters: account.tokens.parameters,
      });
      account.tokens = { ...answer, refreshToken: answer.refreshToken ?? account.tokens.refreshToken };
      account.updatedAt = clock.now();
    },
    /** `until` null: for ever. */
    ban: (person: string, until: Date | null = null) => void bans.set(person, until),
    unban: (person: string) => void bans.delete(person),
    accessToken: (person: string, alias: string) => accountOf(person, alias).tokens.accessToken.reveal(),
    subject: (person: string, alias: string) => accountOf(person, alias).subject,
    /** Returns the rows of all users, each with the rows of its accounts. */
    export({ times, ends }: Statement = { times: true, ends: true }): readonly object[] {
      const people = new Set([...accounts.values()].map(({ person }) => person));
      return [...people].map((person) => ({
        id: person,
        name: person,
        banned: bans.has(person),
        banExpires: bans.get(person)?.toISOString() ?? null,
        createdAt: '2025-01-01T00:00:00.000Z',
        accounts: [...accounts.values()]
          .filter((account) => account.person === person)
          .map(({ alias, subject, tokens, updatedAt }) => ({
            providerId: alias,
            accountId: subject,
            accessToken: tokens.accessToken.reveal(),
            refreshToken: tokens.refreshToken?.reveal() ?? null,
            accessTokenExpiresAt:
              ends && tokens.expiresIn !== undefined ? endOf(updatedAt, tokens.expiresIn) : null,
            scope: tokens.scopes?.join(',') ?? null,
            updatedAt: times ? updatedAt.toISOString() : null,
          })),
      }));
    },
  };
}

function endOf(from: Date, life: number): string {
  return new Date(from.getTime() + seconds(life)).toISOString();
}

export type OldProduct = ReturnType<typeof createOldProduct>;
