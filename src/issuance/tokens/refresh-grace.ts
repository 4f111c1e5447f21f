import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { after, type Clock, seconds } from '../../kit/clock.ts';
import type { ArtifactData, ArtifactStore, StoredArtifact } from '../artifacts/artifact-store.ts';
import { openWithToken, sealWithToken } from '../artifacts/seal-with-token.ts';

/**
 * A refresh token that has just been rotated may come again: the answer was lost, or two requests were sent at once.
 * For a short while the same client gets the same answer; one rotation, one branch. After it, reuse is theft.
 *
 * A rotation happens in one statement, when its answer is known: the old token is consumed, its successor is stored
 * and the answer is kept for the grace, or nothing of it is. So no crash leaves a consumed token without an answer.
 */
export interface RefreshGrace {
  /** Whether a consumed token may still be shown to the refresh grant as if it were not. */
  isOpen(token: string, stored: StoredArtifact): Promise<boolean>;
  /** Whether this is the successor in a rotation under way, which is stored together with its answer and not before. */
  withholds(id: string, artifact: ArtifactData): boolean;
  middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>;
}

const kind = 'RefreshToken';
const grace = seconds(30);

export function createRefreshGrace(artifacts: ArtifactStore, clock: Clock): RefreshGrace {
  const withheld = new WeakMap<object, { readonly id: string; readonly artifact: ArtifactData }>();

  const answerOf = (token: string, { successor }: StoredArtifact): Record<string, unknown> | undefined =>
    successor ? JSON.parse(openWithToken(token, successor)) : undefined;

  const answerInGrace = async (token: string, stored: StoredArtifact) => {
    if (!stored.consumedAt || after(stored.consumedAt, grace) <= clock.now()) return undefined;
    const answer = answerOf(token, stored);
    // Once the successor has been used in turn, its forerunner has no business any more, whatever the clock says.
    const next = answer?.refresh_token;
    const successor = typeof next === 'string' ? await artifacts.find(kind, next) : undefined;
    return successor?.consumedAt === null ? answer : undefined;
  };

  return {
    isOpen: async (token, stored) =>
      Provider.ctx?.oidc.route === 'token' && (await answerInGrace(token, stored)) !== undefined,
    withholds(id, artifact) {
      const { ctx } = Provider;
      if (!ctx?.oidc.entities.RotatedRefreshToken) return false;
      withheld.set(ctx, { id, artifact });
      return true;
    },
    async middleware(ctx, next) {
      await next();
      const successor = withheld.get(ctx);
      const token = ctx.oidc?.entities.RotatedRefreshToken?.jti;
      if (!successor || token === undefined || ctx.status !== 200) return;
      const answer = sealWithToken(token, JSON.stringify(ctx.body));
      if (await artifacts.rotate(kind, token, { successor, answer, at: clock.now() })) return;
      // Another request was first, or the token was revoked meanwhile.
      const stored = await artifacts.find(kind, token);
      const given = stored && (await answerInGrace(token, stored));
      if (!given) ctx.status = 400;
      ctx.body = given ?? { error: 'invalid_grant', error_description: 'grant request is invalid' };
    },
  };
}
