import OidcProvider, { type default as Provider } from 'oidc-provider';
import { after, hours, seconds } from '../../kit/clock.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { systemTime } from '../system-time.ts';
import { scopesOfGrant } from './scopes.ts';

type Grant = InstanceType<Provider['Grant']>;
type Token = InstanceType<Provider['AccessToken']> | InstanceType<Provider['RefreshToken']>;

/** Creates a grant that records its session and connections, which oidc-provider's own grants do not. */
export function grantOfSession(
  { Grant }: Provider,
  owner: { readonly accountId: string; readonly clientId: string },
  sessionUid: string | undefined,
): Grant {
  return new Grant({ ...owner, ...(sessionUid !== undefined && { sessionUid }) });
}

/** Returns whether a grant's tokens outlive the session: those with `offline_access` do (OpenID Connect Core 11). */
export function outlivesSession(payload: string): boolean {
  return scopesOfGrant(payload).includes('offline_access');
}

/**
 * Makes a grant live as long as its tokens. A new grant has a short lifetime, so that an abandoned authorization leaves
 * nothing; each token extends the grant to its own expiry. A token that ends with its session is bound to the session,
 * where oidc-provider would bind it to the app's latest grant in that session.
 */
export function createGrantLifetime(artifacts: Pick<ArtifactStore, 'extendGrant'>) {
  async function extend({ grantId, remainingTTL }: Token): Promise<void> {
    if (grantId === undefined) return;
    const end = after(systemTime(), seconds(remainingTTL));
    const loaded = OidcProvider.ctx?.oidc.entities.Grant;
    if (loaded?.jti === grantId && (loaded.exp ?? 0) * 1000 > end.getTime()) return;
    // One day more, so that not every refresh writes the grant.
    await artifacts.extendGrant(grantId, { needed: end, until: after(end, hours(24)) });
  }

  return {
    install(provider: Provider): void {
      const { Grant, AccessToken, RefreshToken, AuthorizationCode, DeviceCode, Session } = provider;
      // oidc-provider stores only the fields that IN_PAYLOAD names.
      const { IN_PAYLOAD: fields } = Grant as unknown as { IN_PAYLOAD: readonly string[] };
      Object.defineProperty(Grant, 'IN_PAYLOAD', {
        value: [...fields, 'sessionUid', 'connections', 'later'],
      });

      for (const { prototype } of [AccessToken, RefreshToken]) {
        const { save } = prototype;
        prototype.save = async function saveWithGrant(this: Token) {
          await extend(this);
          return await save.call(this);
        };
      }

      for (const Kind of [AccessToken, RefreshToken, AuthorizationCode, DeviceCode]) {
        const find = Kind.find.bind(Kind) as Find;
        const findInSession: Find = async (value, options) => {
          const token = await find(value, { ...options, ignoreSessionBinding: true });
          if (!token?.expiresWithSession) return token;
          const session = await Session.findByUid(token.sessionUid ?? '');
          const isSignedIn = session?.authorizations?.[token.clientId ?? ''] !== undefined;
          return isSignedIn && session.accountId === token.accountId ? token : undefined;
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
