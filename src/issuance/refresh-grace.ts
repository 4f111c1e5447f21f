import { setTimeout as pause } from 'node:timers/promises';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { after, type Clock, seconds } from '../kit/clock.ts';
import type { ArtifactStore, StoredArtifact } from './artifact-store.ts';
import { openUnder, sealUnder } from './sealed-under-value.ts';

/**
 * A refresh token that has just been rotated may come again: the answer was lost, or two requests were sent at once.
 * For a short while the same client gets the same answer; one rotation, one branch. After it, reuse is theft.
 */
export interface RefreshGrace {
  /** Whether a consumed token may still be shown to the refresh grant as if it were not. */
  isOpen(token: string, stored: StoredArtifact): Promise<boolean>;
  /** @throws RepeatedRefresh for all but one of those who present the same token. */
  consume(token: string): Promise<void>;
  middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>;
  install(provider: Provider): void;
}

class RepeatedRefresh extends errors.InvalidGrant {}

const kind = 'RefreshToken';
const grace = seconds(30);
const patience = 5_000;

export function createRefreshGrace(artifacts: ArtifactStore, clock: Clock): RefreshGrace {
  const repeated = new WeakSet<object>();

  const answerOf = (token: string, { successor }: StoredArtifact): Record<string, unknown> | undefined =>
    successor ? JSON.parse(openUnder(token, successor)) : undefined;

  const awaitAnswer = async (token: string) => {
    for (let waited = 0; waited < patience; waited += 25) {
      const stored = await artifacts.find(kind, token);
      const answer = stored && answerOf(token, stored);
      if (answer || !stored?.consumedAt) return answer;
      await pause(25);
    }
    return undefined;
  };

  return {
    async isOpen(token, stored) {
      const atTokenEndpoint = Provider.ctx?.oidc.route === 'token';
      if (!stored.consumedAt || !atTokenEndpoint || after(stored.consumedAt, grace) <= clock.now())
        return false;
      // Once the successor has been used in turn, its forerunner has no business any more, whatever the clock says.
      const next = answerOf(token, stored)?.refresh_token;
      if (typeof next !== 'string') return true;
      const successor = await artifacts.find(kind, next);
      return successor !== undefined && successor.consumedAt === null;
    },
    async consume(token) {
      if (await artifacts.consume(kind, token, clock.now())) return;
      throw new RepeatedRefresh('refresh token rotated a moment ago');
    },
    install(provider) {
      provider.on('grant.error', (ctx, error) => {
        if (error instanceof RepeatedRefresh) repeated.add(ctx);
      });
    },
    async middleware(ctx, next) {
      await next();
      const rotated = ctx.oidc?.entities.RotatedRefreshToken;
      if (repeated.has(ctx)) {
        const answer = await awaitAnswer(String(ctx.oidc.params?.refresh_token));
        ctx.status = answer ? 200 : 503;
        if (!answer) ctx.set('Retry-After', '1');
        ctx.body = answer ?? { error: 'temporarily_unavailable', error_description: 'try again' };
      } else if (rotated && ctx.status === 200) {
        await artifacts.keepSuccessor(kind, rotated.jti, sealUnder(rotated.jti, JSON.stringify(ctx.body)));
      } else if (rotated) {
        // The request failed after the rotation and the client never saw the successor: take it back.
        const successor = ctx.oidc.entities.RefreshToken?.jti;
        if (successor !== undefined && successor !== rotated.jti) await artifacts.drop(kind, successor);
        await artifacts.unconsume(kind, rotated.jti);
      }
    },
  };
}
