import OidcProvider, { type default as Provider } from 'oidc-provider';
import { after, hours, seconds } from '../../kit/clock.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { oidcTime } from '../oidc-time.ts';
import { scopesOfGrant } from './scopes.ts';

type Grant = InstanceType<Provider['Grant']>;
type Token = InstanceType<Provider['AccessToken']> | InstanceType<Provider['RefreshToken']>;

/** A grant of this session. oidc-provider's own grants do not know theirs. */
export function grantOfSession(
  { Grant }: Provider,
  owner: { readonly accountId: string; readonly clientId: string },
  sessionUid: string | undefined,
): Grant {
  return new Grant({ ...owner, ...(sessionUid !== undefined && { sessionUid }) });
}

/** OpenID Connect IssuanceStores 11: with `offline_access` what was issued outlives the session. */
export function outlivesSession(payload: string): boolean {
  return scopesOfGrant(payload).includes('offline_access');
}

/**
 * A grant lives as long as the tokens it has issued: it is made for a short while, so that an authorization which is
 * abandoned leaves nothing, and each token prolongs it to its own end. A token that is not to outlive its session is bound to
 * the session, and not to the latest grant of the app in it, as oidc-provider has it.
 */
export function createGrantLifetime(artifacts: Pick<ArtifactStore, 'prolongGrant'>) {
  async function prolong({ grantId, remainingTTL }: Token): Promise<void> {
    if (grantId === undefined) return;
    const end = after(oidcTime(), seconds(remainingTTL));
    const known = OidcProvider.ctx?.oidc.entities.Grant;
    if (known?.jti === grantId && (known.exp ?? 0) * 1000 > end.getTime()) return;
    // With some slack, or each refresh would write it.
    await artifacts.prolongGrant(grantId, { needed: end, until: after(end, hours(24)) });
  }

  return {
    install(provider: Provider): void {
      const { Grant, AccessToken, RefreshToken, AuthorizationCode, Session } = provider;
      const { IN_PAYLOAD: known } = Grant as unknown as { IN_PAYLOAD: readonly string[] };
      Object.defineProperty(Grant, 'IN_PAYLOAD', { value: [...known, 'sessionUid'] });

      for (const { prototype } of [AccessToken, RefreshToken]) {
        const { save } = prototype;
        prototype.save = async function saveWithGrant(this: Token) {
          await prolong(this);
          return await save.call(this);
        };
      }

      for (const Kind of [AccessToken, RefreshToken, AuthorizationCode]) {
        const find = Kind.find.bind(Kind) as Find;
        const findInSession: Find = async (value, options) => {
          const token = await find(value, { ...options, ignoreSessionBinding: true });
          if (!token?.expiresWithSession) return token;
          const session = await Session.findByUid(token.sessionUid ?? '');
          const isIn = session?.authorizations?.[token.clientId ?? ''] !== undefined;
          return isIn && session.accountId === token.accountId ? token : undefined;
        };
        Object.assign(Kind, { find: findInSession });
      }
    },
  };
}

interface BoundToken {
  readonly expiresWithSession?: boolean;
  readonly sessionUid?: string;
  readonly clientId?: string;
  readonly accountId?: string;
}

type Find = (value: string, options?: object) => Promise<BoundToken | undefined>;
