import type { ProviderToken } from './broker-api.ts';

/** A call to a provider's own API: who is this, in the provider's words. */
interface ProviderCall {
  path(apiBase: URL): string;
  query?(parameters: ProviderToken['parameters']): Readonly<Record<string, string>>;
}

const calls: Readonly<Record<string, ProviderCall>> = {
  'wechat-web': {
    path: () => '/sns/userinfo',
    query: ({ openid = '' }) => ({ openid, lang: 'zh_CN' }),
  },
  facebook: {
    path: () => '/me',
    // The proof is there when the connection has a secret; apps with "Require App Secret" must send it.
    query: ({ appsecret_proof }) => ({
      fields: 'id,name,email',
      ...(appsecret_proof !== undefined && { appsecret_proof }),
    }),
  },
  google: {
    path: ({ hostname }) => (hostname === 'www.googleapis.com' ? '/oauth2/v3/userinfo' : '/v1/userinfo'),
  },
  github: { path: () => '/user' },
};

export interface ProviderRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export function canCall(provider: string): boolean {
  return Object.hasOwn(calls, provider);
}

/** The request with which this provider says whose token it is; undefined when the demo has no call for it. */
export function providerRequest(token: ProviderToken): ProviderRequest | undefined {
  const { access_token, identity, parameters, usage } = token;
  const call = canCall(identity.provider) ? calls[identity.provider] : undefined;
  if (!call) return undefined;
  const base = new URL(usage.api_base);
  const url = new URL(base.href.replace(/\/$/, '') + call.path(base));
  const inQuery = usage.transport === 'query';
  const query = { ...(inQuery && { [usage.name]: access_token }), ...call.query?.(parameters) };
  url.search = new URLSearchParams(query).toString();
  // GitHub refuses calls without a user agent; the others do not mind one.
  const headers = { Accept: 'application/json', 'User-Agent': 'Symbolon-Demo' };
  return { url, headers: { ...headers, ...(!inQuery && authorization(usage.name, access_token)) } };
}

/** The same request as it may be shown: of anything secret the first characters only. */
export function maskedRequest(token: ProviderToken): ProviderRequest | undefined {
  const { parameters } = token;
  const { appsecret_proof: proof } = parameters;
  return providerRequest({
    ...token,
    access_token: masked(token.access_token),
    parameters: proof === undefined ? parameters : { ...parameters, appsecret_proof: masked(proof) },
  });
}

function authorization(name: string, token: string): Record<string, string> {
  return { [name]: name.toLowerCase() === 'authorization' ? `Bearer ${token}` : token };
}

function masked(secret: string): string {
  return `${secret.slice(0, 6)}...`;
}
