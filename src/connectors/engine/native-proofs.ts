import { decodeJwt } from 'jose';
import type { Clock } from '../../kit/clock.ts';
import { Secret } from '../../kit/secret.ts';
import type { ProviderKeys } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import { publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';
import { nativeAudiencesOf } from '../contract/options.ts';
import type { Registration } from '../contract/registration.ts';
import type { UpstreamSignIn } from '../contract/upstream-sign-in.ts';
import type { JsonObject, Wire } from '../contract/wire.ts';
import { accountFromIdToken, fetchTokenAccount, tokenSetOfAccessToken } from './fetch-account.ts';

export interface NativeDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly clock: Clock;
  readonly wire: Wire;
  readonly keys: ProviderKeys;
}

export interface NativeSignIn extends UpstreamSignIn {
  /** Of a proof that names the person by itself: whoever has seen it could bring it again. */
  readonly once: SingleUse | undefined;
}

/** Something that counts one time. */
export interface SingleUse {
  readonly id: string;
  /** Afterwards it counts no longer in any case. */
  readonly until: Date;
}

/** Seconds by which clocks may differ. */
const tolerance = 30;
/** Who proved themselves longer ago than this has not just done so; SDKs hand out an ID token again for about an hour. */
const longestAgo = 3600;

/**
 * Reads proofs that come without a sign-in of ours around them. Whoever operates any app at the provider can come by a
 * genuine one of somebody, so it counts only when it was issued to one of the connection's own apps.
 */
export function createProofReader(deps: NativeDeps) {
  const { connector, registration, clock, wire, keys } = deps;
  const { native, family } = connector;
  const audiences = nativeAudiencesOf(registration.options);

  async function claimsOf(idToken: string, nonce: string | undefined): Promise<JsonObject> {
    if (registration.endpoints.jwks === undefined) throw refused('no_keys');
    const { payload, protectedHeader } = await keys.verify(idToken, 'exchange', {
      issuer: issuersOf(deps, idToken),
      audience: [...audiences],
      // An app that has the client secret could sign with it; a provider's SDK brings what the provider has signed.
      algorithms: [...publishedKeyAlgorithms],
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: longestAgo,
      clockTolerance: tolerance,
      currentDate: clock.now(),
    });
    // Providers sign other messages with the same keys: logout tokens, security events, access tokens (RFC 8725, 3.11).
    if (!/^jwt$/i.test(protectedHeader.typ ?? 'JWT') || payload.events !== undefined) throw refused('type');
    const { aud, azp, sub } = payload;
    // OpenID Connect Core 3.1.3.7: among several audiences the one who asked for it must be ours as well.
    const shared = Array.isArray(aud) && aud.length > 1;
    if (shared && !audiences.some((audience) => audience === azp)) throw refused('azp');
    if (typeof sub !== 'string') throw refused('sub');
    if (nonce !== undefined && payload.nonce !== nonce) throw refused('nonce');
    return payload as JsonObject;
  }

  return {
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

    async byAccessToken(value: string): Promise<NativeSignIn> {
      if (family === 'tokenless' || !native?.audienceOf) throw refused('kind');
      const tokens = tokenSetOfAccessToken(new Secret(value), connector, registration);
      const audience = await native.audienceOf({ tokens, registration, wire, keys, now: clock.now() });
      if (!audiences.includes(audience)) throw refused('audience');
      const account = await fetchTokenAccount(connector, {
        tokens,
        callback: {},
        registration,
        wire,
        keys,
        now: clock.now(),
      });
      return { tokens, account, once: undefined };
    },
  };
}

/** Whose word counts for this token, whose claims are not verified yet. */
function issuersOf({ connector, registration }: NativeDeps, idToken: string): string[] {
  const { tokenIssuer, native } = connector;
  const own = tokenIssuer ? tokenIssuer(decodeJwt(idToken) as JsonObject, registration) : registration.issuer;
  if (own === undefined) throw refused('issuer');
  return [own, ...(native?.issuers ?? [])];
}

/** Known by what is signed: a signature can be written in more than one way, and each would be another token. */
function onceOnly(idToken: string, { iat }: JsonObject): SingleUse {
  const until = (Number(iat) + longestAgo + 2 * tolerance) * 1000;
  return { id: idToken.slice(0, idToken.lastIndexOf('.')), until: new Date(until) };
}

function refused(code: string, cause?: unknown): UpstreamError {
  return new UpstreamError('exchange', { kind: 'code-spent' }, { code, cause });
}
