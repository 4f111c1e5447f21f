import { basicCredentials } from './basic-credentials.ts';
import type { RevokeCall } from './calls.ts';
import type { Traits } from './contract.ts';
import { UpstreamError } from './failures.ts';
import type { Options, OptionTrait } from './options.ts';

// Upstream revocations that differ from RFC 7009, as options of a connection.

const value = String.raw`(?:[\w.~/:+-]|%(?!7[Ff])[2-7][0-9A-Fa-f]|\{[\w-]{1,64}\}){1,200}`;

export const revocationOptions = {
  revocation_style: {
    about:
      'The way in which the revocation address ends a grant. `rfc7009`: a form with token and token_type_hint. `form`, `json`, `query`: the parameters of `revocation_parameters` alone. `bearer-post`, `bearer-delete`: by the token in the header.',
    values: ['rfc7009', 'form', 'json', 'query', 'bearer-post', 'bearer-delete'],
    default: 'rfc7009',
  },
  revocation_token: {
    about:
      'The token that is sent to end a grant: the refresh token where there is one, or the access token.',
    values: ['refresh', 'access'],
    default: 'refresh',
  },
  revocation_parameters: {
    about:
      'The parameters of the revocation: token={token}&client_id={client_id}. `{token}`, `{subject}`, `{client_id}`, `{client_secret}` and the names of the values beside the token stand for their values.',
    pattern: new RegExp(String.raw`^[\w.-]{1,64}=${value}(?:&[\w.-]{1,64}=${value}){0,9}$`),
  },
  revocation_authentication: {
    about: 'The client authentication of the revocation, where its style is not `rfc7009`.',
    values: ['none', 'basic', 'secret-as-bearer'],
    default: 'none',
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof revocationOptions]?: string };

/** Returns the traits that follow from these options. */
export function revocationTraits(options: Options): Pick<Traits, 'revoke' | 'revokesBy'> {
  const own: Own = options;
  const style = own.revocation_style ?? 'rfc7009';
  if (style === 'rfc7009') return {};
  const byAccess = own.revocation_token === 'access' || style.startsWith('bearer-');
  return { revoke: (call) => revoke(call, own, style), ...(byAccess && { revokesBy: 'live-token' }) };
}

async function revoke(call: RevokeCall, own: Own, style: string): Promise<void> {
  const { registration, http, accessToken, refreshToken } = call;
  const { endpoints, clientId, clientSecret } = registration;
  if (!endpoints.revocation) throw new UpstreamError('revoke', { kind: 'misconfigured' });
  const url = new URL(endpoints.revocation);
  const byBearer = style.startsWith('bearer-');
  const useAccess = own.revocation_token === 'access' || byBearer;
  const token = (useAccess ? accessToken : (refreshToken ?? accessToken)).reveal();
  const values: Readonly<Record<string, string>> = {
    ...call.parameters,
    token,
    subject: call.account.subject,
    client_id: clientId,
    client_secret: clientSecret?.reveal() ?? '',
  };
  const given = own.revocation_parameters ?? (byBearer ? '' : 'token={token}');
  const parameters = new URLSearchParams(
    [...new URLSearchParams(given)].map(([name, text]) => [
      name,
      text.replace(/\{([\w-]+)\}/g, (_, one) => (Object.hasOwn(values, one) ? (values[one] ?? '') : '')),
    ]),
  );
  const secret = clientSecret?.reveal() ?? '';
  const credentials: Readonly<Record<string, string>> = byBearer
    ? { authorization: `Bearer ${token}` }
    : {
        ...(own.revocation_authentication === 'basic' && {
          authorization: basicCredentials(clientId, secret),
        }),
        ...(own.revocation_authentication === 'secret-as-bearer' && { authorization: `Bearer ${secret}` }),
      };
  const method = style === 'bearer-delete' ? 'DELETE' : 'POST';
  if (style === 'query' || byBearer) for (const [name, text] of parameters) url.searchParams.set(name, text);
  const isJson = style === 'json';
  const body = isJson ? JSON.stringify(Object.fromEntries(parameters)) : parameters;
  await http.done('revoke', url, {
    method,
    headers: {
      accept: 'application/json',
      ...credentials,
      ...(isJson && { 'content-type': 'application/json' }),
    },
    ...((isJson || style === 'form') && { body }),
  });
}
