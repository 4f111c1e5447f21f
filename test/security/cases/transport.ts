import { attack, type Subject } from '../case.ts';

const network = 'kit/outbound-network: a provider behind a faulty network';

export const transport: Subject = {
  title: 'Transport and outbound requests',
  cases: [
    attack(
      'An address that leads inside is refused as written, by its name and behind a redirect: providers, webhooks, discovery, logout.',
      'kit/outbound: a private address',
      'kit/outbound: of %d is not followed',
      'webhooks/admin: webhook endpoints with a wrong %s',
      'webhooks/outage: a forbidden address',
      'login/discovery: is refused if its issuer has a private address that is not allowed',
      'issuance/backchannel-logout: a back-channel logout address',
    ),
    attack(
      'Forged `Host` and forwarding headers change no issuer, link or cookie.',
      'issuance/authorization-attacks: URLs come from the configuration, whatever the Host header is',
      'login/mix-up-attacks: a foreign host',
    ),
    attack(
      'One address or one app cannot take all of a process’s time: 429 with `Retry-After`. Guesses at the secret of an app, or at an admin token, lock out neither.',
      'http/flood-limits: is limited at %s, and other addresses are not',
      'http/flood-limits: guesses secrets of an app without locking the app out',
      'http/flood-limits: guesses admin tokens without locking the admin out',
      'http/flood-limits: is limited once it has authenticated, from all its addresses',
    ),
    attack(
      'Other spellings of an admin path (`//admin`, `/ADMIN`, `/%61dmin`) open nothing.',
      'admin/door: %s gives an unauthenticated caller nothing',
    ),
    attack(
      'An unknown method is answered 405 with `Allow`, and has no side effect.',
      'admin/door: 405 with Allow',
      'issuance/authorization-attacks: an unknown method is 405 with Allow, and an additional slash 404',
      'login/callback-attacks: the method of a callback',
    ),
    attack(
      'A failure of ours is answered with a request id, and without stack, SQL or path.',
      'issuance/room: an internal error discloses nothing',
    ),
    attack(
      'Texts, bodies and tokens made to parse slowly hold up no other request.',
      'retrieval/proxy-wire: is checked quickly: %s',
      'admin/door: is 415, 400, 413 or 422 for a wrong body',
      'issuance/access-token-attacks: a malformed token is refused quickly',
    ),
    attack(
      'No secret that the lab or the broker issued is in a debug log or, unsealed, in the database.',
      '(every test world checks it at its end: `test/support/world.ts`)',
    ),
    attack(
      'The broker does not start with a weak, example or missing secret, or with an http issuer in production.',
      'journeys/configuration: a start is refused',
    ),
    attack(
      'A provider with an expired or foreign certificate, without TLS, or that hangs is called unreachable. TLS is never skipped.',
      network,
    ),
    attack(
      'Requests that two servers read differently (request smuggling) are refused.',
      '(not yet: left to Node’s parser, without a test of ours)',
    ),
  ],
};
