import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type {
  ArtifactData,
  ArtifactName,
  ArtifactStore,
  NewArtifact,
  Place,
  StoredArtifact,
} from '../artifacts/artifact-store.ts';
import type { Revocations } from '../revocation/revocations.ts';
import {
  originInsertion,
  type SessionOrigin,
  type SessionOriginStore,
} from '../sessions/session-origin-store.ts';
import type { OriginsOfRequests } from '../sessions/session-origins.ts';

/**
 * The artifacts as one request of oidc-provider reads and writes them. Its writes are collected and stored in one statement,
 * before the answer leaves. So a crash leaves no session without its code and no used code without its tokens. The request
 * itself sees what it has written. Outside of such a request each act is a statement, as the store has it.
 */
export interface RequestArtifacts {
  readonly artifacts: ArtifactStore;
  readonly origins: OriginsOfRequests;
  middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>;
}

export interface RequestArtifactsDeps {
  readonly artifacts: ArtifactStore;
  readonly revocations: Pick<Revocations, 'has'>;
  readonly origins: Pick<SessionOriginStore, 'put'>;
}

/** The writes of a request that are not stored yet, by kind and id. */
interface Pending {
  readonly puts: Map<string, NewArtifact>;
  readonly drops: Map<string, ArtifactName>;
  /** The code that the request redeems. The statement decides whether it is the first. */
  consumes: (ArtifactName & { readonly at: Date }) | undefined;
  origin: SessionOrigin | undefined;
  /** The grants that were read together with their code. */
  readonly grants: Map<string, StoredArtifact>;
}

const code = 'AuthorizationCode';
const keyOf = ({ kind, id }: ArtifactName) => `${kind} ${id}`;
const unread = { consumedAt: null, successor: null };

export function createRequestArtifacts(deps: RequestArtifactsDeps): RequestArtifacts {
  const { artifacts: store, origins, revocations } = deps;
  const requests = new WeakMap<object, Pending>();

  const pendingNow = (): Pending | undefined => {
    const { ctx } = Provider;
    return ctx && requests.get(ctx);
  };

  /** Returns whether the session or grant was revoked since the request has written. */
  const isRevoked = ({ kind, artifact: { uid, grantId } }: NewArtifact): boolean =>
    (kind === 'Session' && uid !== null && revocations.has('session', uid)) ||
    (grantId !== null && revocations.has('grant', grantId));

  /** Stores what is pending. Returns false if another request has redeemed the code. */
  async function storeAll(pending: Pending): Promise<boolean> {
    const { puts, drops, consumes, origin } = pending;
    const changes = {
      puts: [...puts.values()].filter((put) => !isRevoked(put)),
      drops: [...drops.values()],
      consumes,
      beside: origin && ((place: Place) => originInsertion(origin, place)),
    };
    puts.clear();
    drops.clear();
    pending.consumes = undefined;
    pending.origin = undefined;
    return await store.write(changes);
  }

  /** Stores what is pending before an act that may be about it. */
  async function storeFirst(): Promise<void> {
    const pending = pendingNow();
    if (!pending) return;
    pending.grants.clear();
    if (!(await storeAll(pending))) throw new errors.InvalidGrant('code redeemed by a parallel request');
  }

  const afterwards =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await storeFirst();
      return await work(...args);
    };

  async function find(kind: string, id: string): Promise<StoredArtifact | undefined> {
    const pending = pendingNow();
    if (!pending) return await store.find(kind, id);
    const key = keyOf({ kind, id });
    const put = pending.puts.get(key);
    if (put) return { ...put.artifact, ...unread };
    if (pending.drops.has(key)) return undefined;
    const known = kind === 'Grant' ? pending.grants.get(id) : undefined;
    if (known) return known;
    if (kind !== code) return await store.find(kind, id);
    const { found, grant } = await store.findWithGrant(kind, id);
    if (found?.grantId && grant) pending.grants.set(found.grantId, grant);
    return found;
  }

  const artifacts: ArtifactStore = {
    find,
    async put(kind: string, id: string, artifact: ArtifactData) {
      const pending = pendingNow();
      if (!pending) return await store.put(kind, id, artifact);
      const key = keyOf({ kind, id });
      pending.drops.delete(key);
      pending.puts.set(key, { kind, id, artifact });
    },
    async drop(kind, id) {
      const pending = pendingNow();
      if (!pending) return await store.drop(kind, id);
      const key = keyOf({ kind, id });
      pending.puts.delete(key);
      pending.drops.set(key, { kind, id });
    },
    async consume(kind, id, at) {
      const pending = pendingNow();
      if (!pending || kind !== code) return await store.consume(kind, id, at);
      pending.consumes = { kind, id, at };
      return true;
    },
    async extendGrant(grantId, end) {
      const pending = pendingNow();
      if (pending?.puts.has(keyOf({ kind: 'Grant', id: grantId }))) await storeFirst();
      await store.extendGrant(grantId, end);
    },
    // No pending write has the kind or the id of these.
    putNew: store.putNew,
    putOverEnded: store.putOverEnded,
    findWithGrant: afterwards(store.findWithGrant),
    write: afterwards(store.write),
    findByUid: afterwards(store.findByUid),
    rotate: afterwards(store.rotate),
    dropByUid: afterwards(store.dropByUid),
    dropByGrant: afterwards(store.dropByGrant),
    dropRevoked: afterwards(store.dropRevoked),
    dropOf: afterwards(store.dropOf),
    grantsOf: afterwards(store.grantsOf),
    grantsOfSession: afterwards(store.grantsOfSession),
    uidsOf: afterwards(store.uidsOf),
    ofAccount: afterwards(store.ofAccount),
    dropSome: afterwards(store.dropSome),
  };

  return {
    artifacts,
    origins: {
      async put(origin, ctx) {
        const pending = requests.get(ctx);
        if (!pending) return await origins.put(origin);
        pending.origin = origin;
      },
    },
    async middleware(ctx, next) {
      const pending: Pending = {
        puts: new Map(),
        drops: new Map(),
        consumes: undefined,
        origin: undefined,
        grants: new Map(),
      };
      requests.set(ctx, pending);
      await next().finally(() => requests.delete(ctx));
      if (await storeAll(pending)) return;
      ctx.status = 400;
      ctx.body = { error: 'invalid_grant', error_description: 'grant request is invalid' };
    },
  };
}
