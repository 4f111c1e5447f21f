import { attack, type Subject } from '../case.ts';

const here = 'issuance/token-endpoint-attacks';
const refresh = 'issuance/refresh-attacks';
const exchange = 'retrieval/token-exchange';
const realm = 'dialects/keycloak-realm';

export const tokenEndpoint: Subject = {
  title: 'Token endpoint',
  cases: [
    attack(
      'A code that is redeemed twice revokes the tokens it was redeemed for. A replay without the right client or verifier fails and revokes nothing.',
      `${here}: a code redeemed twice`,
      `${here}: a replay without the right client`,
      `${here}: exactly one of several parallel redemptions`,
    ),
    attack(
      'A replayed code or refresh token revokes its own authorization; other authorizations of the app stay valid.',
      'issuance/one-grant: revoking one authorization keeps the other',
    ),
    attack('A code of one app is refused for another app.', `${here}: a code of one app is refused`),
    attack(
      'A code that is redeemed with another redirect URI, or with none, is refused.',
      `${here}: a code with another redirect_uri`,
      `${realm}: PKCE and the redirect URI of the request bind the code here too`,
    ),
    attack(
      'A code with a PKCE challenge is refused without its verifier.',
      `${here}: a code with a challenge`,
    ),
    attack(
      'A verifier for a code without a challenge is refused as a downgrade.',
      `${here}: a verifier for a code without`,
      `${realm}: PKCE and the redirect URI of the request bind the code here too`,
    ),
    attack(
      'A wrong client secret, no secret, a secret in the query, two at once, and the stored hash of a secret are refused.',
      `${here}: client authentication a wrong secret`,
      `${here}: the stored hash of a secret`,
    ),
    attack(
      'Malformed Basic credentials are answered 401 and never 500; well-formed ones are form-decoded (RFC 6749 §2.3.1).',
      `${here}: Basic credentials are form-decoded`,
    ),
    attack(
      'A disabled app and a replaced secret stop working at once.',
      `${here}: a disabled app cannot authenticate`,
      `${here}: a rotated secret replaces`,
    ),
    attack(
      'A grant type that is unknown, missing or not allowed to the app is refused.',
      `${here}: the grant_type`,
    ),
    attack(
      'A body of another type, compressed or too long is refused. JSON is accepted, as clients of Auth0 send it.',
      `${here}: the request body`,
    ),
    attack(
      'A script of a single-page app may call the token endpoint; a script of a foreign origin may not.',
      `${here}: a single-page app’s origin may call the token endpoint, another origin may not`,
    ),
    attack(
      'A refresh token that is used again after the grace period revokes its family.',
      `${refresh}: reuse after the grace period`,
      `${refresh}: of a used token, what detects its reuse stays in the table after the grace period, and no more`,
      `${exchange}: just rotated is accepted within the grace period`,
    ),
    attack(
      'Parallel refreshes, also at two processes, are one rotation with one answer.',
      `${refresh}: parallel refreshes`,
      `${refresh}: reuse by the same client within the grace period`,
      `${refresh}: a refresh that fails leaves the token unchanged`,
    ),
    attack(
      'The oldest token of a chain is refused, even within the grace period.',
      `${refresh}: the oldest token of a chain`,
    ),
    attack(
      'A refresh token of one app is refused for another app, and a replay by the other revokes nothing.',
      `${refresh}: a token of one app is refused`,
      `${exchange}: that another app replays gets no token`,
    ),
    attack(
      'No token works once its revocation is answered.',
      `${refresh}: no token works once its revocation`,
      `${refresh}: an unauthenticated caller cannot revoke, and an unknown token is no error`,
    ),
    attack(
      'A refresh token is refused after consent was withdrawn, the person or the app disabled, an account unlinked, or its time is over.',
      `${refresh}: a token is refused after consent is withdrawn, the person is disabled or it has expired`,
      `${exchange}: of another app, revoked, or of a disabled user`,
      'account/unlink: unlinking ends every other session',
      'issuance/revocation: a revocation at one process is effective at the other',
    ),
    attack(
      'An app gets a refresh token only with `offline_access`.',
      `${refresh}: are only for apps that request offline_access`,
    ),
    attack(
      'Introspection answers only the token’s app, its API, and apps that may ask about that API.',
      `${refresh}: introspection`,
      'issuance/apis: introspection',
    ),
    attack(
      'A token exchange with a foreign token, an unknown token type or another target is refused.',
      `${exchange}: refuses a subject token`,
      `${exchange}: refuses unknown token types`,
      `${exchange}: names the connection`,
      'dialects/auth0-token-vault: 401 answers a subject token',
      'dialects/auth0-management: gets a token for this API if its app does not list it',
    ),
    attack(
      'A client assertion (`private_key_jwt`) with a wrong key, audience, time or algorithm is refused, and each counts once.',
      'issuance/client-assertion-attacks: a client assertion',
      `${realm}: a client assertion is for one of the issuers, and is accepted once at both together`,
    ),
    attack(
      'An app cannot register a private or weak key (RSA below 2048 bits or `e` below 65537), or two keys of one `kid`.',
      'issuance/client-assertion-attacks: the keys of an app',
    ),
    attack(
      'The address of an app’s keys is public and https, follows no redirect, and callers with made-up key names cause five fetches a minute at most.',
      'issuance/published-keys: an address of keys',
      'issuance/published-keys: are asked for five times a minute at most',
      'issuance/published-keys: do not count where the answer %s',
    ),
    attack(
      'Dynamic client registration does not exist: its address answers 404.',
      `${here}: dynamic client registration does not exist`,
    ),
  ],
};
