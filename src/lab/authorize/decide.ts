import { random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import type { Room } from '../profile.ts';
import type { AuthorizeError } from './read-request.ts';
import type { AuthorizeRequest, AuthorizeRules } from './rules.ts';

export interface Decision {
  readonly person: Person;
  readonly scopes: readonly string[];
}

/** Stores the grant and code after consent. Returns the redirect of the browser. */
export function approve(
  room: Room,
  rules: AuthorizeRules,
  request: AuthorizeRequest,
  { person, scopes: ticked }: Decision,
): string {
  const { client, redirectUri, challenge, nonce } = request;
  const earlier = room.ledger.grantOf(person.id, client.clientId);
  const withheld = earlier === undefined ? [] : (rules.withheld?.(request, earlier) ?? []);
  const scopes = ticked.filter((scope) => !withheld.includes(scope));
  const offline = rules.offline(request, earlier);
  const granted = rules.grantScopes?.(request, scopes, earlier) ?? scopes;
  const declined = request.scopes.filter((scope) => !scopes.includes(scope));
  const grant = room.ledger.approve({
    user: person.id,
    clientId: client.clientId,
    scopes: [...scopes],
    declined,
    offline,
  });
  const code = room.ledger.writeCode({
    grant: grant.id,
    user: person.id,
    clientId: client.clientId,
    scopes: [...granted],
    redirectUri,
    challenge,
    nonce,
    claims: request.query.get('claims'),
    authTime: request.query.has('max_age') ? Math.floor(room.ledger.now() / 1000) : null,
    offline,
    family: random(22),
    expiresAt: room.ledger.now() + rules.codeSeconds * 1000,
  });
  const extras = rules.extras?.({ ...request, scopes: granted }, person, earlier);
  return callback(rules, request, { [rules.codeParam ?? 'code']: code.value, ...extras });
}

export function deny(rules: AuthorizeRules, request: AuthorizeRequest): string {
  return callback(rules, request, rules.denial());
}

export function tellClient(rules: AuthorizeRules, error: AuthorizeError): string | undefined {
  if (rules.complain === 'page' || error.request === undefined) return undefined;
  const description = `${error.problem}: ${error.detail}`;
  const names = { scope: 'invalid_scope', response_type: 'unsupported_response_type' };
  const name =
    error.problem === 'scope' || error.problem === 'response_type' ? names[error.problem] : 'invalid_request';
  return callback(rules, error.request, { error: name, error_description: description });
}

export function callback(
  rules: AuthorizeRules,
  { redirectUri, state }: { redirectUri: string; state: string | null },
  parameters: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  const all = { ...parameters, ...(state === null ? {} : { state }), ...rules.always?.() };
  for (const [name, value] of Object.entries(rules.sealed?.(all) ?? all)) url.searchParams.set(name, value);
  if (rules.fragment !== undefined) url.hash = rules.fragment;
  return url.href;
}
