import { attack, type Subject } from '../case.ts';

const here = 'retrieval/retrieval-attacks';
const policy = 'retrieval/policy';
const proxy = 'retrieval/proxy';
const fresh = 'vault/fresh';

export const retrieval: Subject = {
  title: 'Retrieval of provider tokens',
  cases: [
    attack(
      'An app whose policy allows one connection gets no token of another connection.',
      `${here}: with a policy for one connection is refused another of the same user`,
      `${proxy}: requires connection and scope`,
      'dialects/keycloak-tokens: permits per provider',
    ),
    attack(
      'An API acts on behalf of its caller with a token for that API alone: not with another API’s, one for `/v1`, or one that came from an exchange.',
      'retrieval/on-behalf-attacks: a subject token that is refused',
      'retrieval/on-behalf-attacks: a client that may not exchange',
    ),
    attack(
      'An exchange gives no more than the API’s policy, the person’s consent to this API, and the grant of the caller’s token.',
      'retrieval/on-behalf-attacks: a request that asks for more',
    ),
    attack(
      'Whatever ends the caller’s grant, the app, the API or the consent ends the exchanged token, opaque subject tokens included, and the audit log names both.',
      'retrieval/on-behalf-attacks: what ends in the meantime',
      'retrieval/on-behalf-attacks: is exchanged like a JWT, and ends like one',
      'retrieval/on-behalf-attacks: names API, app and person for what was given and refused',
    ),
    attack(
      'The link by which a person lets an API use an account opens for that person alone, and names none.',
      'retrieval/on-behalf: allows it, and links an account, on the page that the refusal names',
    ),
    attack(
      'An app is told of no scope that an imported token may not have.',
      'imports/better-auth: no token has the scopes that its account was once granted, unless the operator says so',
      'retrieval/scope-names: counts as without them while the provider does not state them',
      'retrieval/scope-names: is refreshed before it is narrowed for an app that may not have all scopes',
    ),
    attack(
      'The secret with which another product has encrypted its tokens reaches no argument, error, report or row.',
      'imports/encrypted-tokens: checks the secret before it begins, and never repeats it',
      'imports/encrypted-tokens: imports with the secret in a file, and keeps it nowhere',
      'imports/encrypted-tokens: opens no token that was changed, and none in another form',
    ),
    attack(
      'A connection is removed and another made under its alias: what was granted for the first counts for no door of the second.',
      'retrieval/replaced-connection-attacks: get nothing of a later connection with the same alias',
      'retrieval/replaced-connection-attacks: needs the person’s consent to the later connection, and a new token',
      'retrieval/replaced-connection-attacks: a consent page that was shown for an earlier connection is shown again for the later one',
      'retrieval/replaced-connection-attacks: goes on for its own connection, and does not count for a later one',
    ),
    attack(
      'An operator’s app that acts in the background is visible to the people whose accounts it uses, and a setting asks them first.',
      'account/background-apps: is on the account page, with its uses and the reasons it gave',
      'account/background-apps: a service gets a token only after the person has allowed it, and until they withdraw that',
    ),
    attack(
      'Sessions, consents and grants outlive the connection that they rest on.',
      'offboarding/connection-endings: ends the sessions that began there with their grants, and those of others stay',
      'offboarding/connection-endings: ends consents and grants for it, of people who signed in elsewhere too',
      'offboarding/connection-endings: end in batches, and another process goes on where one has crashed',
    ),
    attack(
      'An app gets nothing from the consent that the person gave to another app (confused deputy).',
      `${here}: gets nothing that the user allowed another app`,
      `${policy}: requires that user’s consent, for that connection, while it lasts`,
      `${proxy}: an app calls only if policy and consent allow it, and only with its own token`,
    ),
    attack(
      'The account of another person, an unknown one and one that is not linked get the same answer.',
      `${here}: of another person, unknown or not linked`,
    ),
    attack(
      'A token for signing in only is refused before the vault is read.',
      `${here}: with a token for sign-in only is refused before the vault is read`,
    ),
    attack(
      'An access token for another API, an ID token and a provider’s own token are refused.',
      `${here}: a token for another API is refused`,
      `${here}: a token that is`,
      'dialects/auth0-management: reads users with a token for another API',
      'dialects/auth0-management: uses a service’s token at the retrieval API',
    ),
    attack(
      'An access token in the query is refused, and no answer may be cached.',
      `${here}: in the URL is refused, and no answer is cacheable`,
    ),
    attack(
      'A withdrawn consent ends background use at every process at once, and within a second where it cannot be told.',
      `${policy}: ends with a withdrawn consent at every process, at once or within a second`,
    ),
    attack(
      'A withdrawn policy ends what the app was allowed.',
      `${here}: loses its access when its policy is withdrawn`,
      'dialects/auth0-token-vault: loses its access when its policy is removed',
    ),
    attack(
      'A person with two accounts at a connection gets 409: the broker never chooses one of them.',
      `${here}: must be named if there are two at a connection`,
    ),
    attack(
      'A scope that the provider has not granted is refused with the way to get it, without a call to the provider.',
      `${here}: the scopes that the provider must have granted`,
      'retrieval/scope-names: an app may request what its policy includes, and nothing beyond',
    ),
    attack(
      'A token with more scopes than the policy allows is exchanged for a narrower one, or refused.',
      `${policy}: a token of fewer scopes`,
      'retrieval/scope-names: a token without the requested scopes',
    ),
    attack(
      'An app that asks too often, or forces refreshes, gets 429 with `Retry-After`, counted over all processes.',
      `${here}: is protected from an app that forces refreshes`,
      `${policy}: the rate limit`,
    ),
    attack(
      'A connection that is switched off, or a grant that is dead, gives no token, and the answer says the way back.',
      `${here}: at a disabled connection has no token`,
      `${here}: an ended grant`,
    ),
    attack('A malformed query is refused.', `${here}: a query %s is refused`),
    attack(
      'A script of a foreign origin may not ask with an app’s secret.',
      `${here}: a script of another origin`,
    ),
    attack(
      'An app that acts without the person must be allowed to by its policy, and must give a reason.',
      `${here}: an app acting without the user`,
    ),
    attack('An outage of a provider is told apart from a dead grant.', `${here}: a failing provider`),
    attack(
      'A token is refused when consent, policy, app or person ended while the broker waited for the provider.',
      'retrieval/second-look: no endpoint returns the token',
    ),
    attack(
      'A provider token without an expiry or a refresh token is returned without a refresh.',
      `${fresh}: without an expiry is returned`,
    ),
    attack(
      'A refresh answer without a new refresh token keeps the stored one.',
      `${fresh}: without a refresh token in the answer`,
    ),
    attack(
      'A ciphertext that was moved to another row, changed or truncated does not open.',
      `${fresh}: moved to another row, flipped, truncated`,
    ),
    attack(
      'An admin and the account page see how a token is, and never the token.',
      'admin/people: linked identities show the health of the token, and never the token',
      'account/sign-in: shows the person and the linked accounts, and contains no token',
    ),
    attack(
      'A provider token with control characters, of 64 kB, or that is no text is refused when the provider issues it.',
      'connectors/github: has no token stored that is not visible ASCII',
    ),
    attack(
      'The proxy calls only the paths, methods and host that the policy names, in every spelling of path, query, header and body.',
      `${proxy}: the policy denies by default`,
      `${proxy}: a path with another meaning is refused: %s`,
      'retrieval/proxy-wire: the request to the provider',
      'retrieval/proxy-wire: no other path by a header',
    ),
    attack(
      'The proxy passes only listed request headers, and none with an underscore, another method, path, account or credential.',
      'retrieval/proxy-attacks: request headers',
    ),
    attack(
      'An app without `handout` cannot read an echoed token in pieces by `Range`.',
      'retrieval/proxy-attacks: ask for a part of the answer only where the app may have the token itself',
    ),
    attack(
      'A query or a body that asks for another method (`_HttpMethod`, `$method`, `X-RestLi-Method`) is refused.',
      'retrieval/proxy-attacks: a query',
      'retrieval/proxy-attacks: a body',
      'retrieval/proxy-wire: has no other method in %s',
    ),
    attack(
      'The policy is decided on what is sent: path parameters, encoded signs and double encoding lead to no other path.',
      'retrieval/proxy-attacks: the policy is decided on what is sent',
    ),
    attack(
      'The proxy removes the provider token wherever the provider’s answer repeats it, however its characters are written.',
      'retrieval/proxy-wire: the answer to the app never has the token, wherever the provider repeats it',
      'retrieval/proxy-attacks: an answer has no token, however its characters are written',
      'retrieval/scrub: the token is removed',
    ),
    attack(
      'An answer that stays encoded, so that it cannot be searched for the token, is refused.',
      'retrieval/proxy-attacks: an answer that stays encoded as %s is refused',
      'retrieval/proxy-attacks: an answer that is decoded, or only named so, is searched for the token',
    ),
    attack(
      'A provider’s answer has no header that a web server in front of the broker obeys.',
      'retrieval/proxy-attacks: an answer has no header that a web server in front of the broker obeys',
    ),
    attack(
      'A link of Connected Accounts that is sent to another person brings that account to no one else.',
      'dialects/auth0-connected-accounts: no other person or app can use a ticket sent to them to link an account for the sender',
    ),
  ],
  notes: `Every other way to a provider token has the same checks. Each dialect is asked with tokens of another app, of another
audience and of no user, with an ID token, and with the provider's own token. It is asked for a connection that its policy does
not list, and with a link of Connected Accounts that was sent to another person. The proxy is asked with every spelling of
another host, path or method: in the path, in the query, in headers, and in bodies of every type that servers read parameters
from.

Tokens that carry the second name of the issuer are accepted as the first's at the broker's own endpoints, by design: people,
apps, audiences and keys are the same. A token that serves as a proof (an ID token as a hint, an assertion's audience) counts
only under the issuer it names. At the realm, an assertion names the realm or the realm's token endpoint, and nothing else.
An API of yours that checks \`iss\` tells the two issuers apart.`,
};
