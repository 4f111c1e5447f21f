import type { Now } from './clock.ts';
import { fieldsOf, textOf } from './json.ts';
import { keyOf } from './key-of.ts';
import { SymbolonError } from './problem.ts';
import type { ProviderToken } from './provider-token.ts';
import { readProviderToken } from './provider-token.ts';
import { callProxy } from './proxy.ts';
import { type Requests, unreachable } from './requests.ts';
import type { TokenCache } from './token-cache.ts';
import type { AccessToken, Tokens, TokenWish } from './tokens.ts';

/** How your API authenticates at the broker. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Makes an assertion (`private_key_jwt`, RFC 7523 section 2.2) in place of the secret. */
  readonly clientAssertion?: () => string | Promise<string>;
}

/** A token of the broker for its own API: five minutes, without a refresh token. */
export interface ExchangedToken {
  readonly accessToken: string;
  readonly type: 'Bearer' | 'DPoP';
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
}

/** What your API may do for the person whose app has called it. */
export interface OnBehalf extends Tokens {
  /** Returns a short token for the broker's own API, with which to call the proxy. @throws SymbolonError */
  exchange(wish?: { readonly scope?: string | readonly string[] }): Promise<ExchangedToken>;
}

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ownType = 'urn:ietf:params:oauth:token-type:access_token';
const providerType = 'urn:symbolon:token-type:idp-access-token';
/** Seconds that a kept token must live, so that a call made with it arrives in time. */
const margin = 30;

/** Refusals of a token whose permission has changed since it was issued. */
const aboutPermission: ReadonlySet<string> = new Set([
  'invalid_token',
  'insufficient_scope',
  'consent_required',
  'identity_not_found',
]);

export interface OnBehalfDeps {
  readonly requests: Requests;
  readonly credentials: Credentials | undefined;
  readonly now: Now;
  readonly tokens: TokenCache<ProviderToken>;
  readonly exchanged: TokenCache<ExchangedToken>;
}

/** Exchanges tokens (RFC 8693) that were issued for your API. */
export function createOnBehalf(deps: OnBehalfDeps, accessToken: AccessToken): OnBehalf {
  const { requests, credentials, now, tokens, exchanged } = deps;
  const url = new URL(`${requests.base}/oauth/token`);
  const subject = async () => (typeof accessToken === 'string' ? accessToken : await accessToken());

  async function ask(subjectToken: string, fields: Record<string, string>): Promise<unknown> {
    const form = new URLSearchParams({
      grant_type: grantType,
      subject_token: subjectToken,
      subject_token_type: ownType,
      ...fields,
    });
    const headers = await authenticate(credentials, form);
    return await requests.json(url, { method: 'POST', body: form, headers });
  }

  async function exchange(scope: string | readonly string[], anew: boolean): Promise<ExchangedToken> {
    const subjectToken = await subject();
    const scopes = [scope].flat().join(' ');
    const key = keyOf([subjectToken, credentials?.clientId, scopes]);
    if (anew) exchanged.delete(key);
    return (
      exchanged.get(key, margin) ??
      (await exchanged.fetch(key, '', async () => {
        const fields = { requested_token_type: ownType, resource: `${requests.base}/v1` };
        return readExchanged(await ask(subjectToken, { ...fields, ...(scopes && { scope: scopes }) }), now());
      }))
    );
  }

  return {
    exchange: ({ scope = [] } = {}) => exchange(scope, false),
    async token(connection, { minTtl = 60, scope = [], force = false }: TokenWish = {}) {
      const subjectToken = await subject();
      const scopes = [scope].flat().join(' ');
      const key = keyOf([subjectToken, credentials?.clientId, connection, scopes]);
      const kept = force ? undefined : tokens.get(key, minTtl);
      if (kept) return kept;
      if (force) tokens.delete(key);
      return await tokens.fetch(key, `${minTtl} ${force}`, async () => {
        const answer = await ask(subjectToken, {
          requested_token_type: providerType,
          connection,
          min_ttl: String(minTtl),
          ...(scopes && { scope: scopes }),
          ...(force && { force: 'true' }),
        });
        const token = readProviderToken(answer, now());
        if (token) return token;
        throw unreachable({ detail: 'it answered no token' });
      });
    },
    async proxy(connection, path, init = {}) {
      // An id of one account names no scope: the token then has all that the API may have.
      const scope = connection.startsWith('idn_') ? [] : [`idp:${connection}`];
      const account = `/v1/me/identities/${encodeURIComponent(connection)}`;
      const call = async (anew: boolean) => {
        const { accessToken: token, type } = await exchange(scope, anew);
        return await callProxy(requests, {
          account,
          path,
          init,
          authorization: { token, isBound: type === 'DPoP' },
        });
      };
      try {
        return await call(false);
      } catch (error) {
        const isStale = error instanceof SymbolonError && aboutPermission.has(error.code);
        if (!isStale || init.body instanceof ReadableStream) throw error;
        // The person may have decided anew since the exchange. A new one succeeds, or names the page for them.
        return await call(true);
      }
    },
  };
}

/** RFC 6749 section 2.3.1, RFC 7523 section 2.2. */
async function authenticate(
  credentials: Credentials | undefined,
  form: URLSearchParams,
): Promise<Record<string, string>> {
  if (!credentials) throw new TypeError('createClient needs the credentials of your API');
  const { clientId, clientSecret, clientAssertion } = credentials;
  if (clientAssertion) {
    form.set('client_id', clientId);
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', await clientAssertion());
    return {};
  }
  const pair = [clientId, clientSecret ?? ''].map(encodeURIComponent).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function readExchanged(answer: unknown, now: number): ExchangedToken {
  const { access_token: accessToken, token_type: type, expires_in: expiresIn, scope } = fieldsOf(answer);
  if (typeof accessToken !== 'string') throw unreachable({ detail: 'it answered no token' });
  return {
    accessToken,
    type: textOf(type)?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer',
    expiresAt: new Date(now + (typeof expiresIn === 'number' ? expiresIn : 0) * 1000),
    scopes: (textOf(scope) ?? '').split(' ').filter(Boolean),
  };
}
