import { tokenExchangeGrant } from '../../retrieval/token-exchange.ts';
import { brokerTokenGrant } from './broker-token-v2.ts';
import { externalTokenGrant } from './external-token.ts';
import { unwrapRefreshToken } from './refresh-token.ts';

// Keycloak's requests in the form of the broker's token endpoint: the grant type carries what Keycloak says
// by path or parameter.

/** Client credentials, and the parameters of the request (RFC 6749 section 2.3.1, RFC 7521 section 4.2). */
const keptParameters = [
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'token',
  'login_hint',
];

/** Returns the form for a request at `…/broker/{alias}/token`. */
export function brokerTokenForm(keycloakForm: URLSearchParams, alias: string): URLSearchParams {
  // Repeated values are kept, so that the token endpoint refuses them.
  const form = new URLSearchParams([...keycloakForm].filter(([name]) => keptParameters.includes(name)));
  form.set('grant_type', brokerTokenGrant);
  form.set('connection', alias);
  return form;
}

/** Returns the form for Keycloak's token endpoint. An exchange without `connection` is Keycloak's legacy one. */
export function tokenForm(keycloakForm: URLSearchParams): URLSearchParams {
  const form = plainForm(keycloakForm);
  const exchange = form.getAll('grant_type').join() === tokenExchangeGrant;
  if (exchange && !form.has('connection')) form.set('grant_type', externalTokenGrant);
  return form;
}

/** The parameters whose value can be a refresh token inside a JWT. */
const mayBeWrapped = ['refresh_token', 'token', 'subject_token'];

/** Returns the form with its refresh tokens unwrapped. */
export function plainForm(keycloakForm: URLSearchParams): URLSearchParams {
  const plain = [...keycloakForm].map(([name, value]): [string, string] => [
    name,
    mayBeWrapped.includes(name) ? unwrapRefreshToken(value) : value,
  ]);
  return new URLSearchParams(plain);
}

/** Returns the parameters of an authorization request, with our name for Keycloak's `kc_idp_hint`. */
export function authorizationForm(keycloakForm: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...keycloakForm].map(([name, value]) => [name === 'kc_idp_hint' ? 'connection' : name, value]),
  );
}
