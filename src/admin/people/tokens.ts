import { type Clock, days, minutes } from '../../kit/clock.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem } from '../../kit/problem.ts';
import { currentAddress } from '../../kit/request-context.ts';
import { Secret } from '../../kit/secret.ts';
import type { AdminCaller } from '../caller.ts';
import type { Role } from '../roles.ts';
import type { AdminTokenRow, AdminTokenStore, LastUse } from './token-store.ts';

/** The beginning of every named token, by which scanners for secrets recognise one: 43 characters of base64url follow. */
export const tokenPrefix = 'symbolon_adt_';

/** The longest life of a named token. */
const longestTokenLife = days(365);

/** Named tokens of the admin API beside ADMIN_API_TOKEN: each has a role, expires, and can be removed. */
export interface AdminTokens {
  /** Returns the token with its secret. @throws Problem invalid_body for a life that is too long, or longer than the maker's */
  create(
    token: AskedToken,
    caller: AdminCaller,
  ): Promise<{ readonly row: AdminTokenRow; readonly secret: Secret }>;
  /** Returns the token that is presented, unless it has expired. No cache: a removed token is refused at once. */
  find(presented: string): Promise<AdminTokenRow | undefined>;
  all(): Promise<readonly AdminTokenRow[]>;
  get(id: string): Promise<AdminTokenRow | undefined>;
  remove(id: string): Promise<boolean>;
  /** Notes the use at most once a minute. It never fails. */
  noteUse(token: Pick<AdminTokenRow, 'id' | 'lastUsedAt'>): Promise<void>;
  noteBootstrapUse(): Promise<void>;
  bootstrapUse(): Promise<LastUse | undefined>;
}

export interface AskedToken {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

export interface AdminTokensDeps {
  readonly store: AdminTokenStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const noteEvery = minutes(1);

export function createAdminTokens({ store, clock, log }: AdminTokensDeps): AdminTokens {
  let bootstrapNotedAt = 0;

  /** A use that cannot be noted, e.g. in a database that only reads, does not stop the caller. */
  async function note(write: (use: LastUse, notedBefore: Date) => Promise<void>): Promise<void> {
    const now = clock.now();
    const use = { at: now, address: currentAddress() ?? null };
    await write(use, new Date(now.getTime() - noteEvery)).catch((error: unknown) =>
      log.warn({ err: error }, 'the use of an admin token cannot be noted'),
    );
  }

  return {
    async create({ name, role, expiresAt }, { actor, principal, expiresAt: makersEnd }) {
      const now = clock.now().getTime();
      const life = expiresAt.getTime() - now;
      if (life <= 0 || life > longestTokenLife) throw wrongEnd('must be in the future, within a year');
      const parent = actor.kind === 'app' ? actor.id : null;
      if (parent !== null && makersEnd && expiresAt > makersEnd)
        throw wrongEnd('must not be after the end of the token that makes it');
      const secret = new Secret(tokenPrefix + newSecret());
      const secretHash = hashOf(secret.reveal());
      const made = {
        id: newId('adt'),
        secretHash,
        name,
        role,
        expiresAt,
        madeBy: principal,
        parentId: parent,
      };
      return { row: await store.insert(made), secret };
    },
    async find(presented) {
      if (!presented.startsWith(tokenPrefix)) return undefined;
      const row = await store.findByHash(hashOf(presented));
      return row && row.expiresAt > clock.now() ? row : undefined;
    },
    all: store.all,
    get: store.find,
    remove: store.remove,
    async noteUse({ id, lastUsedAt }) {
      if (lastUsedAt && clock.now().getTime() - lastUsedAt.getTime() < noteEvery) return;
      await note((use, before) => store.noteUse(id, use, before));
    },
    async noteBootstrapUse() {
      const now = clock.now().getTime();
      if (now - bootstrapNotedAt < noteEvery) return;
      bootstrapNotedAt = now;
      await note(store.noteBootstrapUse);
    },
    bootstrapUse: store.bootstrapUse,
  };
}

function wrongEnd(message: string): Problem {
  return new Problem('invalid_body', {
    detail: `expires_at: ${message}`,
    members: { errors: [{ path: 'expires_at', message }] },
  });
}
