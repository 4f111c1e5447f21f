import { attack, type Subject } from '../case.ts';

const here = 'issuance/access-token-attacks';
const realm = 'dialects/keycloak-realm';

export const accessTokens: Subject = {
  title: 'Access tokens (JWT) and signing keys',
  cases: [
    attack(
      'A token with `alg` none, in any spelling, is refused.',
      `${here}: alg %j is refused`,
      `${here}: the token that these tests forge is valid`,
      `${realm}: a refresh token in JWT form`,
    ),
    attack(
      'A token whose signature uses the public key as an HMAC secret, or a key of another kind, is refused.',
      `${here}: HS256 keyed with the public key`,
      'issuance/apis: is refused if a key of one kind signs under the name of another',
    ),
    attack(
      'A `kid` with a path, SQL, 10 kB or a wrong type is refused; a thousand unknown ones cost no database query.',
      `${here}: the kid %j is refused`,
      `${here}: of a thousand unknown keys`,
    ),
    attack(
      'Keys that a token brings in its header (`jwk`, `jku`, `x5u`) are not used.',
      `${here}: jwk, jku and x5u in the header`,
    ),
    attack(
      'A token with an unknown critical header member is refused.',
      `${here}: unknown critical header members`,
    ),
    attack(
      'A token for one API is refused by another API, by userinfo and by the broker; an ID token is no access token.',
      `${here}: a token for one API is valid for that API alone`,
      `${realm}: a token of one issuer is not accepted under the other`,
      'admin/token: a person with the role administers with the broker’s access token, but not with a token for another API',
    ),
    attack(
      'A token of another issuer that shares the signing key (staging and production) is refused.',
      `${here}: a token of another issuer with the same key`,
    ),
    attack('A token signed by a foreign key is refused.', `${here}: a token signed by a foreign key`),
    attack(
      'Malformed tokens, of 1 MB or deeply nested, are refused at once.',
      `${here}: a malformed token is refused quickly`,
    ),
    attack(
      'Encrypted tokens (JWE) are refused before any decryption.',
      `${here}: encrypted tokens are refused`,
    ),
    attack(
      'After a key rotation, old tokens stay valid for their life, and other processes learn the new key.',
      `${here}: keys rotate without a restart`,
      'issuance/apis: follows the API when it changes, and every kind of key rotates',
    ),
    attack(
      'A token is refused after its session, grant, app or person has ended, at every process and after a lost LISTEN connection.',
      `${here}: an access token does not outlive`,
      'issuance/revocation: a revocation at one process is effective at the other',
      'issuance/revocation: arrives within five seconds even if the listening connection was lost silently',
    ),
    attack(
      'Userinfo takes a token from one place only, and not from the query.',
      `${here}: userinfo takes the token in a form`,
    ),
  ],
};
