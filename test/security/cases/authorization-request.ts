import { attack, type Subject } from '../case.ts';

const here = 'issuance/authorization-attacks';
const elsewhere = 'issuance/backchannel-authentication';
const device = 'issuance/device-flow';
const pushed = 'issuance/pushed-requests';
const realm = 'dialects/keycloak-realm';

export const authorizationRequest: Subject = {
  title: 'Authorization request',
  cases: [
    attack(
      'A redirect URI whose path differs from the registered one by dots, a semicolon or a second slash gets an error page and no redirect.',
      `${here}: byte for byte …`,
      `${realm}: addresses are compared byte for byte`,
    ),
    attack(
      'A redirect URI with percent-encoded or control characters is not normalized, and gets an error page.',
      `${here}: byte for byte …`,
    ),
    attack(
      'A redirect URI with another case, port or trailing slash gets an error page.',
      `${here}: byte for byte …`,
      `${realm}: addresses are compared byte for byte`,
    ),
    attack(
      'A redirect URI with an added query or user name gets an error page.',
      `${here}: byte for byte …`,
      `${realm}: addresses are compared byte for byte`,
    ),
    attack(
      'Redirect URIs with `javascript:`, `data:`, plain http, a wildcard, a fragment, a backslash or no host cannot be registered.',
      `${here}: the redirect URI %j cannot be registered`,
      'admin/resources: apps are refused by name with a wrong %s, and nothing is stored',
    ),
    attack(
      'A native app may use any port of its registered loopback address, and no name or number that only resembles it.',
      `${here}: a native app may use any port`,
    ),
    attack(
      'A parameter that is sent twice is refused, at the authorization and at the token endpoint.',
      `${here}: a parameter sent twice is refused`,
    ),
    attack(
      'Parameter names such as `state[__proto__][x]`, or thousands of parameters, cause no 500 and reach no prototype.',
      `${here}: parameter names with brackets or __proto__`,
    ),
    attack(
      'A request for a token in the browser (`response_type=token` and the like) is answered `unsupported_response_type`.',
      `${here}: only a code is issued through the browser`,
      `${realm}: only codes are issued`,
    ),
    attack(
      'A `response_mode` that the app may not use is refused.',
      `${here}: response_mode=%s is refused`,
      `${realm}: only codes are issued`,
    ),
    attack(
      'A state with line breaks, markup or emoji comes back unchanged, and one of 100 kB is refused.',
      `${here}: the state is returned unchanged`,
    ),
    attack(
      'Unknown scopes are dropped and never widen a grant; a non-ASCII scope is refused.',
      `${here}: an unknown scope never widens a grant`,
    ),
    attack(
      'A request without any scope goes back to the app at once, unless the app has a default scope.',
      'issuance/default-scope: an authorization request without a scope',
    ),
    attack(
      'A `resource` that is unknown, has a fragment or belongs to no API of the app is answered `invalid_target`.',
      `${here}: the resource must be an API`,
    ),
    attack(
      '`prompt=none` without a session answers `login_required`, without a page and without a call to a provider.',
      `${here}: prompt=none without a session`,
    ),
    attack(
      'An `id_token_hint` of another person or app, or with `alg` none, gives no session of that person.',
      `${here}: id_token_hint never signs in`,
    ),
    attack(
      'A connection that is disabled, for linking only or unknown is refused by name, and no other connection is tried.',
      `${here}: a connection that cannot be used is refused by name`,
    ),
    attack(
      'Our forms are answered with 303, so that a browser never posts their content again to the next address.',
      `${here}: forms are answered with 303`,
    ),
    attack(
      'A request with a bad scope does not send a visitor back to the app before a sign-in (no open redirector).',
      `${here}: a bad scope does not redirect a visitor to the app without a sign-in`,
    ),
    attack(
      'A request without PKCE, or with another method than S256, is refused.',
      `${here}: PKCE is required, and only S256`,
      `${realm}: PKCE and the redirect URI of the request bind the code here too`,
    ),
    attack(
      'Forged `Host` and forwarding headers change no address that the broker writes.',
      `${here}: URLs come from the configuration, whatever the Host header is`,
    ),
    attack(
      'An unknown method is answered 405 with `Allow`, a trailing slash 404.',
      `${here}: an unknown method is 405 with Allow, and an additional slash 404`,
      `${here}: POST to the authorization endpoint`,
    ),
    attack(
      'A `request_uri` that was not pushed is refused, and no address is fetched.',
      `${here}: a request_uri that no app has pushed`,
    ),
    attack(
      'A pushed request that belongs to another app, or that has led to a code already, is refused.',
      `${pushed}: of another app is refused`,
      `${pushed}: leads to one code`,
    ),
    attack(
      'A request object without a signature, by a foreign key, for another app or server, or without an end is refused.',
      `${pushed}: a request object %s is refused`,
    ),
    attack(
      'What a pushed or signed request asks for is checked like any other request: API, connection, PKCE and scope.',
      `${pushed}: is checked like any other`,
    ),
    attack(
      'The code of a device cannot be guessed: six wrong ones in a browser, or twenty from an address, end it for ten minutes.',
      `${device}: can be guessed six times`,
    ),
    attack(
      'A device code of another app, one that comes twice, and one that no person has allowed, give no tokens.',
      `${device}: of one app is nothing to another`,
      `${device}: gets tokens once`,
      `${device}: waits for its person`,
    ),
    attack(
      'A person who is sent a code by an attacker reads a warning, the app and the code before anything happens, also by a link.',
      `${device}: gets tokens by openid-client, unmodified`,
      'journeys/device-page: can be connected with a phone',
      `${device}: is confirmed by a form of this browser only`,
    ),
    attack(
      'A reader of the database finds neither the code nor the device code.',
      `${device}: and the device code are in the database only as`,
    ),
    attack(
      'An app cannot ask strangers to approve a sign-in elsewhere, ask for more than they have allowed it, or ask again and again.',
      `${elsewhere}: reaches no stranger by an id`,
      `${elsewhere}: cannot widen a consent`,
      `${elsewhere}: asks a person three times in ten minutes`,
    ),
    attack(
      'A person with the link of another person’s question neither sees nor decides it.',
      'agents/sign-in-elsewhere: the person reads the code and the scopes',
    ),
    attack(
      'A sign-in elsewhere of one app gives nothing to another, and counts once.',
      `${elsewhere}: of one app gives nothing to another`,
      `${elsewhere}: takes an ID token as the hint`,
    ),
    attack('An app that must push or sign its requests cannot do without.', `${pushed}: may be demanded`),
  ],
  notes: `An \`idp:\` scope that the app's policy does not list is dropped, never granted. Retrieval then answers
\`connection_not_allowed\`. A request that cannot be completed for protocol reasons, such as another \`response_type\`, goes
back to the app at once, as RFC 6749 requires.`,
};
