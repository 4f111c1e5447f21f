import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { StandingOf } from '../admission/app-standing.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import type { Revocations } from '../revocation/revocations.ts';
import type { BindingDemands } from '../senders/binding-demands.ts';
import { actorsOf } from './actors.ts';
import { type JwtAccessTokens, userOf } from './jwt-access-tokens.ts';

export interface StructuredTokensDeps {
  readonly jwts: JwtAccessTokens;
  readonly revocations: Revocations;
  readonly demands: BindingDemands;
  readonly standingOf: StandingOf;
}

/**
 * Revokes and introspects JWT access tokens (RFC 7009, RFC 7662). oidc-provider refuses structured tokens after it has
 * authenticated the client. This middleware replaces that refusal.
 */
export function createStructuredTokens({ jwts, revocations, demands, standingOf }: StructuredTokensDeps) {
  const answers: Record<string, (client: Client, token: string) => Promise<object>> = {
    async revocation(client, token) {
      const claims = await jwts.read(token);
      if (claims?.client_id !== client.clientId) return {};
      await revocations.add('token', claims.jti, new Date(claims.exp * 1000));
      return {};
    },
    async introspection(client, token) {
      const claims = await jwts.readNow(token);
      if (!claims || !mayIntrospect(client, { clientId: claims.client_id, audience: [claims.aud].flat() })) {
        return { active: false };
      }
      const bound = { jkt: claims.cnf?.jkt, x5t: claims.cnf?.['x5t#S256'] };
      const { client_id: clientId, aud, idp_api: api } = claims;
      // The door of an API refuses such a token too.
      const standing = await standingOf({ clientId, actors: actorsOf(claims.act) });
      if (standing === 'refused') return { active: false };
      if (await demands.unmet({ clientId, userId: userOf(claims), audience: [aud].flat(), api, bound }))
        return { active: false };
      const { grant_id: _grant, idp_connections: _connections, idp_api: _api, ...shown } = claims;
      return { active: true, ...shown, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP' };
    },
  };

  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      // RFC 7009 section 2.2 defines no body, but some clients accept only JSON.
      if (ctx.oidc?.route === 'revocation' && ctx.body === '') ctx.body = {};
      const answer = answers[ctx.oidc?.route ?? ''];
      const { client, params } = ctx.oidc ?? {};
      if (!answer || !client || !isRefusal(ctx.body) || typeof params?.token !== 'string') return;
      ctx.body = await answer(client, params.token);
      ctx.status = 200;
    },
  };
}

/** Returns whether a confidential client may introspect a token: its app, its API, or an app registered for that API. */
export function mayIntrospect(
  client: Client,
  token: { clientId?: string | undefined; audience: readonly string[] },
) {
  if (client.clientAuthMethod === 'none') return false;
  if (token.clientId === client.clientId) return true;
  const { introspects } = traitsOf(client);
  return token.audience.some((audience) => introspects.includes(audience));
}

function isRefusal(body: unknown): boolean {
  return (
    typeof body === 'object' && body !== null && 'error' in body && body.error === 'unsupported_token_type'
  );
}
