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
      `${here}: allowed one connection only`,
      `${proxy}: requires connection and scope`,
      'dialects/keycloak-tokens: permits per provider',
    ),
    attack(
      'An app gets nothing from the consent that the person gave to another app (confused deputy).',
      `${here}: gets nothing of what the user allowed another app`,
      `${policy}: an app needs that user’s consent`,
      `${proxy}: an app calls only where policy and consent`,
    ),
    attack(
      'The account of another person, an unknown one and one that is not linked get the same answer.',
      `${here}: of another person, unknown or not linked`,
    ),
    attack(
      'A token for signing in only is refused before the vault is read.',
      `${here}: with a token for signing in only`,
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
      `${here}: in the address is refused`,
    ),
    attack(
      'A withdrawn policy ends what the app was allowed.',
      `${here}: loses its access when its policy is withdrawn`,
      'dialects/auth0-token-vault: loses its access when its policy does',
    ),
    attack(
      'A person with two accounts at a connection gets 409: the broker never chooses one of them.',
      `${here}: must be named when there are two`,
    ),
    attack(
      'A scope that the provider has not granted is refused with the way to get it, without a call to the provider.',
      `${here}: what the provider must have granted`,
      'retrieval/scope-names: an app may ask for what its policy includes',
    ),
    attack(
      'A token with more scopes than the policy allows is exchanged for a narrower one, or refused.',
      `${policy}: a token of fewer scopes`,
      'retrieval/scope-names: a token that does not carry what was asked for',
    ),
    attack(
      'An app that asks too often, or forces refreshes, gets 429 with `Retry-After`, counted over all processes.',
      `${here}: is protected from an app that forces refreshes`,
      `${policy}: how often`,
    ),
    attack(
      'A connection that is switched off, or a grant that is dead, gives no token, and the answer says the way back.',
      `${here}: at a connection that is switched off`,
      `${here}: a dead grant`,
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
    attack('An outage of a provider is told apart from a dead grant.', `${here}: a provider in trouble`),
    attack(
      'A token is refused when consent, policy, app or person ended while the broker waited for the provider.',
      'retrieval/second-look: no door gives the token',
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
      'admin/people: linked identities show how the token is',
      'account/sign-in: and keeps no token',
    ),
    attack(
      'A provider token with control characters, of 64 kB, or that is no text is refused when the provider issues it.',
      'connectors/github: hands out no token that is not visible ASCII',
    ),
    attack(
      'The proxy calls only the paths, methods and host that the policy names, in every spelling of path, query, header and body.',
      `${proxy}: the policy denies by default`,
      `${proxy}: a path that means another place`,
      'retrieval/proxy-wire: what the provider sees is no other method',
      'retrieval/proxy-wire: no other path by a header',
    ),
    attack(
      'The proxy removes the provider token wherever the provider’s answer repeats it.',
      'retrieval/proxy-wire: what the app sees is never the token',
    ),
    attack(
      'A link of Connected Accounts that is sent to another person brings that account to no one else.',
      'dialects/auth0-connected-accounts: nobody else can follow a ticket sent to them',
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
