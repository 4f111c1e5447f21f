import { decodeJwt } from 'jose';
import type { Clock } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { ProviderHttp, ProviderKeys } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import { publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';
import { nativeAudiencesOf } from '../contract/options.ts';
import type { Registration } from '../contract/registration.ts';
import type { UpstreamSignIn } from '../contract/upstream-sign-in.ts';
import { accountFromIdToken, fetchTokenAccount, tokenSetOfAccessToken } from './fetch-account.ts';

export interface NativeDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly clock: Clock;
  readonly http: ProviderHttp;
  readonly keys: ProviderKeys;
}

export interface NativeSignIn extends UpstreamSignIn {
  /** The key by which a self-contained proof is accepted only once, so that it cannot be replayed. */
  readonly once: SingleUse | undefined;
}

/** The key of a proof that may be used once. */
export interface SingleUse {
  readonly id: string;
  /** The proof is expired after this time in any case. */
  readonly until: Date;
}

/** Seconds by which the provider's clock may differ. */
const tolerance = 30;
/** Seconds. The greatest age of an ID token: SDKs return a cached one for about an hour. */
const longestAgo = 3600;

/**
 * Returns the checks of proofs that come without a sign-in of the broker. Any app at the provider can obtain a genuine
 * proof from its own users. A proof is therefore accepted only if it was issued to one of the connection's own apps.
 */
export function createProofReader(deps: NativeDeps) {
  const { connector, registration, clock, http, keys } = deps;
  const { native, family } = connector;
  const audiences = nativeAudiencesOf(registration.options);

  async function claimsOf(idToken: string, nonce: string | undefined): Promise<JsonObject> {
    if (registration.endpoints.jwks === undefined) throw refused('no_keys');
    const { payload, protectedHeader } = await keys.verify(idToken, 'exchange', {
      issuer: issuersOf(deps, idToken),
      audience: [...audiences],
      // No HS algorithm: an app that has the client secret could sign with it.
      algorithms: [...(native?.algorithms ?? publishedKeyAlgorithms)],
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: longestAgo,
      clockTolerance: tolerance,
      currentDate: clock.now(),
    });
    // Providers sign other messages with the same keys: logout tokens, security events, access tokens (RFC 8725, 3.11).
    if (!/^jwt$/i.test(protectedHeader.typ ?? 'JWT') || payload.events !== undefined) throw refused('type');
    const { aud, azp, sub } = payload;
    // OpenID Connect Core 3.1.3.7: with several audiences, the authorized party must be one of the connection's apps
    // too.
    const shared = Array.isArray(aud) && aud.length > 1;
    if (shared && !audiences.some((audience) => audience === azp)) throw refused('azp');
    if (typeof sub !== 'string') throw refused('sub');
    if (nonce !== undefined && payload.nonce !== nonce) throw refused('nonce');
    return payload as JsonObject;
  }

  return {
    /** `nonce`: the one that the app gave to the SDK, if any. @throws UpstreamError */
    async byIdToken(idToken: string, nonce: string | undefined): Promise<NativeSignIn> {
      if (family !== 'oidc' && !native?.accountFromClaims) throw refused('kind');
      try {
        const claims = await claimsOf(idToken, nonce);
        const account = accountFromIdToken(connector, claims, registration);
        return { tokens: undefined, account, once: onceOnly(idToken, claims) };
      } catch (cause) {
        throw cause instanceof UpstreamError ? cause : refused('id_token', cause);
      }
    },

    /** Also returns the token set, which the vault stores. @throws UpstreamError */
    async byAccessToken(value: string): Promise<NativeSignIn> {
      if (family === 'tokenless' || !native?.audienceOf) throw refused('kind');
      const tokens = tokenSetOfAccessToken(new Secret(value), connector, registration);
      const audience = await native.audienceOf({ tokens, registration, http, keys, now: clock.now() });
      if (!audiences.includes(audience)) throw refused('audience');
      const account = await fetchTokenAccount(connector, {
        tokens,
        callback: {},
        registration,
        http,
        keys,
        now: clock.now(),
      });
      return { tokens, account, once: undefined };
    },
  };
}

/** Returns the issuers accepted for this token. Its claims are not verified yet. */
function issuersOf({ connector, registration }: NativeDeps, idToken: string): string[] {
  const { tokenIssuer, native } = connector;
  const own = tokenIssuer ? tokenIssuer(decodeJwt(idToken) as JsonObject, registration) : registration.issuer;
  if (own === undefined) throw refused('issuer');
  return [own, ...(native?.issuers ?? [])];
}

/** The id is the signed part, since a signature has several valid encodings and each would look like another token. */
function onceOnly(idToken: string, { iat }: JsonObject): SingleUse {
  const until = (Number(iat) + longestAgo + 2 * tolerance) * 1000;
  return { id: idToken.slice(0, idToken.lastIndexOf('.')), until: new Date(until) };
}

function refused(code: string, cause?: unknown): UpstreamError {
  return new UpstreamError('exchange', { kind: 'code-spent' }, { code, cause });
}
