import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { after, type Clock, seconds } from '../../kit/clock.ts';
import type { ArtifactData, ArtifactStore, StoredArtifact } from '../artifacts/artifact-store.ts';
import { openWithToken, sealWithToken } from '../artifacts/seal-with-token.ts';

/**
 * The grace period of refresh token rotation. A client may send a rotated token again, because the response was lost or two
 * requests ran in parallel. For 30 seconds it gets the same response. Later reuse counts as theft.
 *
 * One statement rotates, when the response is known: it consumes the old token, stores its successor and the sealed
 * response. A crash therefore leaves no consumed token without a response.
 */
export interface RefreshGrace {
  /** Returns whether a consumed token may pass to the refresh grant as unused. */
  isOpen(token: string, stored: StoredArtifact): Promise<boolean>;
  /** Returns whether this is the successor of a rotation in progress, which is stored later, with its response. */
  defersStoring(id: string, artifact: ArtifactData): boolean;
  middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>;
}

const kind = 'RefreshToken';
/** Milliseconds. Afterwards the sealed response is deleted. */
export const gracePeriod = seconds(30);

export function createRefreshGrace(artifacts: ArtifactStore, clock: Clock): RefreshGrace {
  const deferred = new WeakMap<object, { readonly id: string; readonly artifact: ArtifactData }>();

  const responseOf = (token: string, { successor }: StoredArtifact): Record<string, unknown> | undefined =>
    successor ? JSON.parse(openWithToken(token, successor)) : undefined;

  const responseInGrace = async (token: string, stored: StoredArtifact) => {
    if (!stored.consumedAt || after(stored.consumedAt, gracePeriod) <= clock.now()) return undefined;
    const response = responseOf(token, stored);
    // The grace period also ends when the successor is used.
    const next = response?.refresh_token;
    const successor = typeof next === 'string' ? await artifacts.find(kind, next) : undefined;
    return successor?.consumedAt === null ? response : undefined;
  };

  return {
    isOpen: async (token, stored) =>
      Provider.ctx?.oidc.route === 'token' && (await responseInGrace(token, stored)) !== undefined,
    defersStoring(id, artifact) {
      const { ctx } = Provider;
      if (!ctx?.oidc.entities.RotatedRefreshToken) return false;
      deferred.set(ctx, { id, artifact });
      return true;
    },
    async middleware(ctx, next) {
      await next();
      const successor = deferred.get(ctx);
      const token = ctx.oidc?.entities.RotatedRefreshToken?.jti;
      if (!successor || token === undefined || ctx.status !== 200) return;
      const response = sealWithToken(token, JSON.stringify(ctx.body));
      if (await artifacts.rotate(kind, token, { successor, response, at: clock.now() })) return;
      // Another request has rotated the token first, or the token has been revoked.
      const stored = await artifacts.find(kind, token);
      const earlierResponse = stored && (await responseInGrace(token, stored));
      if (!earlierResponse) ctx.status = 400;
      ctx.body = earlierResponse ?? { error: 'invalid_grant', error_description: 'grant request is invalid' };
    },
  };
}
