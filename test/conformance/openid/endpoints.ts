import type { Client, Suite } from './suite.ts';

/** The unparsed answer of an endpoint. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls the token endpoint like a plain client. */
export async function token(
  { metadata }: Suite,
  client: Client,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const basic = client.authentication === 'client_secret_basic';
  const credentials = `${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`;
  const posted = { client_id: client.id, client_secret: client.secret };
  return await call(metadata.token_endpoint, {
    method: 'POST',
    headers: basic ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {},
    body: new URLSearchParams({ ...form, ...(!basic && posted) }),
  });
}

export async function redeem(suite: Suite, client: Client, code: string, verifier?: string): Promise<Answer> {
  return await token(suite, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    ...(verifier !== undefined && { code_verifier: verifier }),
  });
}

export type Carrying = 'get' | 'post-header' | 'post-body';

/** OpenID Connect Core 5.3.1 and RFC 6750 section 2: the ways to send a token. */
export async function userinfo(
  { metadata }: Suite,
  accessToken: string,
  carrying: Carrying = 'get',
): Promise<Answer> {
  const headers = { authorization: `Bearer ${accessToken}` };
  if (carrying === 'get') return await call(metadata.userinfo_endpoint, { headers });
  const posted =
    carrying === 'post-body' ? { body: new URLSearchParams({ access_token: accessToken }) } : { headers };
  return await call(metadata.userinfo_endpoint, { method: 'POST', ...posted });
}

async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  };
}
