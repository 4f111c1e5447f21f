import { attack, type Subject } from '../case.ts';

const network = 'kit/outbound-network: a provider behind a network that misbehaves';

export const transport: Subject = {
  title: 'Transport and outbound requests',
  cases: [
    attack(
      'An address that leads inside is refused as written, by its name and behind a redirect: providers, webhooks, discovery, logout.',
      'kit/outbound: an address that is nobody else’s business',
      'kit/outbound: an answer of %d leads nowhere',
      'webhooks/admin: webhook endpoints with a wrong %s',
      'webhooks/outage: where nothing may be sent',
      'login/discovery: where its issuer is a private address',
      'issuance/backchannel-logout: a back-channel logout address',
    ),
    attack(
      'Forged `Host` and forwarding headers change no issuer, link or cookie.',
      'issuance/authorization-attacks: addresses come from the configuration',
      'login/mix-up-attacks: a foreign host',
    ),
    attack(
      'Other spellings of an admin path (`//admin`, `/ADMIN`, `/%61dmin`) open nothing.',
      'admin/door: who may come in %s opens nothing to a stranger',
    ),
    attack(
      'An unknown method is answered 405 with `Allow`, and has no side effect.',
      'admin/door: 405 with Allow',
      'issuance/authorization-attacks: a method that an endpoint does not know',
      'login/callback-attacks: the method of a callback',
    ),
    attack(
      'A failure of ours is answered with a request id, and without stack, SQL or path.',
      'issuance/room: a failure of ours says nothing of itself',
    ),
    attack(
      'Texts, bodies and tokens made to parse slowly hold up no other request.',
      'retrieval/proxy-wire: is looked through in a moment',
      'admin/door: 415, 400, 413 and 422 for bodies',
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
