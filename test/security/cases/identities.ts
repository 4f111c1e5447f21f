import { attack, type Subject } from '../case.ts';

const here = 'identities/identity-attacks';
const http = 'identities/identity-attacks-http';
const races = 'identities/races';
const shared = 'identities/shared-id';

export const identities: Subject = {
  title: 'Identities, linking and unlinking',
  cases: [
    attack(
      'An `email_verified` that is missing or any other value than true verifies nothing.',
      `${here}: claimed by another person in another spelling`,
      `${http}: signs in with %s as herself`,
      'connectors/id-token: userinfo that says verified',
      'connectors/github: has a verified address only if the flag is true, not %j',
    ),
    attack(
      'An e-mail address that two providers vouch for joins no two people.',
      `${here}: an e-mail address that two providers verify`,
    ),
    attack(
      'A resold domain with the same e-mail addresses finds no old user.',
      `${here}: an e-mail address of a sold domain finds no old user`,
      `${here}: an e-mail address that a provider no longer states is deleted, with its verified flag`,
    ),
    attack(
      'Proofs for linking by e-mail cannot be stolen or replayed.',
      '(elsewhere: people are never joined by an address)',
    ),
    attack(
      'A user name at the provider that another person has taken leads to a new user.',
      `${here}: a name at the provider`,
    ),
    attack(
      'A provider’s id is compared as the exact string: long numbers, leading zeros and exponents stay distinct.',
      `${here}: an id at the provider`,
      'kit/exact-json: an id in JSON',
      'connectors/conformance/profiles: a profile keeps a number as its digits',
    ),
    attack(
      'A connection whose issuer changes lends its people to no other provider.',
      'login/issuer-change: an issuer that changes together with the endpoints',
    ),
    attack(
      'A WeChat account is joined only by its unionid within one open-platform account, never silently with another user.',
      `${here}: a WeChat account`,
      'connectors/wechat-web: without an open-platform account',
    ),
    attack(
      'An id that several apps of one operator share finds the same user, and means nothing to any other connection.',
      `${shared}: an id that several apps of one operator share`,
    ),
    attack(
      'Two users who are one person are merged only by that person or an operator.',
      `${shared}: two users who belong to one person`,
      'account/merge: a person with two users here is told so, and can merge them',
      'account/merge: a user cannot merge with an unrelated one',
    ),
    attack(
      'Unlinking an account ends every other session and every token of the person.',
      'account/unlink: unlinking ends every other session',
    ),
    attack(
      'The last way to sign in cannot be unlinked.',
      `${races}: the last account for sign-in cannot be unlinked`,
      'account/unlink: unlinking is refused for the last account, and then nothing is revoked',
      'admin/people: cannot be unlinked if they are the last one, and then nothing is revoked',
    ),
    attack(
      'Two parallel requests that unlink the last two accounts leave one account.',
      `${races}: stays if all are unlinked at once`,
      'account/unlink: leaves one account if both are unlinked at the same time',
    ),
    attack(
      'Twenty parallel first sign-ins of one account make one user, and all are signed in.',
      `${races}: twenty first sign-ins of one account at once`,
      `${http}: create one user at once, and all are signed in`,
    ),
    attack(
      'An account that two users link at the same time belongs to one of them, and the other is refused.',
      `${races}: one account linked by two users at once`,
      'account/link: gives an account to one of two users who link it at the same time',
    ),
    attack(
      'Linking never takes over the account of another person, nor one that arrives for another person.',
      'account/link: never takes over an account of another user',
      'account/link: is refused if another user is signed in by the time the provider answers',
      'account/link: changes nothing if another account signs in',
    ),
    attack(
      'A change to an account requires a sign-in of the last quarter of an hour.',
      'account/recent: a change of the account requires a sign-in within 15 minutes, and returns to the page',
    ),
    attack(
      'The linked account of another person is answered like an unknown one.',
      `${races}: of another person is answered like an unknown one`,
      'account/unlink: of another person’s account is answered like that of an unknown one',
    ),
    attack(
      'A disabled user cannot sign in, link, refresh, retrieve or use a running session.',
      `${here}: a disabled user`,
      `${http}: a disabled user`,
      'retrieval/retrieval-attacks: of a disabled user',
      'admin/people: users have nothing that works while disabled, until enabled',
    ),
    attack(
      'An app that asks in the background gets no token of a disabled user.',
      'retrieval/policy: is refused for a disabled person until they are enabled again',
      'dialects/auth0-management: sees which users are blocked',
    ),
    attack(
      'A session of a disabled person does not return when the person is enabled again.',
      'account/sign-in: when an operator disables the person, and does not return when they are enabled',
    ),
    attack(
      'A forged request of a provider to delete a person changes nothing; a valid one may be repeated without harm.',
      'signals/signals: Facebook gets a code for a deletion request, by which the person can look it up; a second request changes nothing',
      'account/unlink: a deletion request that a provider passes on',
    ),
    attack(
      'A logout token of a provider that is invalid or for another client ends nothing; a valid one ends only its own sessions.',
      'signals/back-channel-logout: changes nothing if its logout token is invalid, or not for this client',
      'signals/back-channel-logout: a sign-out at an OpenID provider',
    ),
    attack(
      'An export with an ID token of another tenant, client or person makes no identity that another person’s sign-in finds.',
      'imports/subjects: an ID token of another tenant, client or person makes no identity from the options',
      'connectors/exported-ids: never leads to the person of another profile or ID token',
      'connectors/exported-ids: never leads to another subject from an id that products keep',
    ),
    attack(
      'Accounts of an import get no role by a merge, and a provider’s answer about another account puts no identity right.',
      'offboarding/mend-identities: no users are merged: %s of the user who is %s',
      'offboarding/mend-identities: an answer about another account puts nothing right',
    ),
    attack(
      'An export gives no further way to sign in to a person with a role here: neither by an account, nor by an id of another record or connection.',
      'imports/role-holders: a person with a role here gets no further account, unless the operator says so',
      'imports/role-holders: a further record of the same person is no way around, in the same batch or a later one',
      'imports/role-holders: an id that the connections of a family share is no way around',
      'offboarding/mend-identities: an account of a person with a role here is put right only if the operator says so',
    ),
  ],
  notes: `Unlinking an account signs the person out everywhere else, since an attacker may have linked that account. Linking an
account ends nothing, in this browser or another (\`test/account/recent\`). Linking requires a new sign-in where the last one
is more than a quarter of an hour ago. If the person then signs in with an account that is not linked yet, even the one to be
linked, that account is another person, and the session of this browser ends.`,
};
