import { tokenExchangeGrant } from '../../retrieval/token-exchange.ts';
import { brokerTokenGrant } from './broker-token-v2.ts';
import { externalTokenGrant } from './external-token.ts';
import { unwrapRefreshToken } from './refresh-token.ts';

// Keycloak's requests in the form of the broker's token endpoint: the grant type carries what Keycloak says
// by path or parameter.

/** Client credentials, and the parameters of the request (RFC 6749 section 2.3.1, RFC 7521 section 4.2). */
const kept = [
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'token',
  'login_hint',
];

export function brokerTokenForm(given: URLSearchParams, alias: string): URLSearchParams {
  // Repeated values are kept, so that the token endpoint refuses them.
  const form = new URLSearchParams([...given].filter(([name]) => kept.includes(name)));
  form.set('grant_type', brokerTokenGrant);
  form.set('connection', alias);
  return form;
}

export function tokenForm(given: URLSearchParams): URLSearchParams {
  const form = plainForm(given);
  const exchange = form.getAll('grant_type').join() === tokenExchangeGrant;
  if (exchange && !form.has('connection')) form.set('grant_type', externalTokenGrant);
  return form;
}

const mayBeWrapped = ['refresh_token', 'token', 'subject_token'];

export function plainForm(given: URLSearchParams): URLSearchParams {
  const plain = [...given].map(([name, value]): [string, string] => [
    name,
    mayBeWrapped.includes(name) ? unwrapRefreshToken(value) : value,
  ]);
  return new URLSearchParams(plain);
}
