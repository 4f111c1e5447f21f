import { attack, type Subject } from '../case.ts';

const here = 'identities/identity-attacks';
const people = 'admin/admin-people-attacks';
const escalation = 'admin/escalation-attacks';
const joining = 'console/join-attacks';

export const profilesAndAdmin: Subject = {
  title: 'Profiles, pages and the admin API',
  cases: [
    attack(
      'A name with markup, direction overrides, NUL, half characters or 1 MB is shown as short text.',
      'http/display-text: untrusted text on a page',
      `${here}: a profile with hostile text is stored as text, and the person is signed in`,
      `${here}: a profile of a megabyte`,
      `${here}: a profile keeps the name`,
      `${here}: a profile does not rename`,
      'account/sign-in: shows untrusted names as text, and no invalid picture',
    ),
    attack(
      'A picture address with `javascript:`, `data:` or another scheme than https is not shown.',
      'http/display-text: an untrusted picture',
      `${here}: a profile has no picture`,
    ),
    attack(
      'A profile of 50 MB, one that arrives slowly and one nested without end fail cleanly.',
      'login/provider-attacks: whose profile is broken',
      'connectors/conformance/profiles: of 50 MB is not read',
      'kit/outbound: an answer is read up to its limit',
      'kit/outbound: an answer that never arrives, or trickles, is given up in time',
      'kit/exact-json: a hostile object',
    ),
    attack(
      'A connection’s secret is never shown, and a change of its endpoints requires the present one.',
      'admin/resources: never show their secret',
      'admin/resources: require the secret again if an endpoint changes',
      'admin/resources: connections require the secret again if an option changes its destination',
    ),
    attack(
      'An admin’s token alone moves no endpoint to another host: that takes the present secret, a reason and a change of its own, and leaves an event with both hosts.',
      'login/origin-change-attacks: endpoints do not move to another origin with',
      'login/origin-change-attacks: endpoints that move to another origin leave an event',
      'login/origin-change-attacks: an address of the same origin needs the present secret',
      'login/origin-change-attacks: an option that decides the address',
    ),
    attack(
      'Stored tokens do not follow endpoints to another host, moved by an admin or in the database: each set is sealed with its origins, and its person authorizes again.',
      'vault/origin-attacks: sends nothing to an origin that',
      'retrieval/moved-origin-attacks: no door gives an app a token for an API that was moved',
      'vault/origin-attacks: an entry whose connection has moved',
      'vault/origin-attacks: a set that an earlier version stored, without origins',
      'vault/origin-attacks: a new default address of a provider',
    ),
    attack(
      'A statement in the database that gives an identity, its connection, issuer or subject to another opens no token: the seal binds its owner, and the tokens are the owner’s again once it is undone.',
      'vault/owner-attacks: a statement that changes',
      'vault/owner-attacks: a change that the product makes itself',
      'vault/owner-attacks: the upgrade from seals without an owner',
    ),
    attack(
      'An older row of an entry that is put back, with its key and its version, is not served by a process that has seen a newer one, and the audit shows it.',
      'vault/older-row-attacks: an older row that is put back',
    ),
    attack(
      'The admin API opens with the bootstrap token, a named token, or for a person with a role through an app with a scope.',
      'admin/authorize: an admin is',
      'admin/door: access',
      'admin/roles: have what the written table says',
    ),
    attack(
      'No role raises itself, locks an owner out, or takes an owner’s account; a scope caps the role.',
      `${people}: is not raised by its holder`,
      `${people}: is capped by the scope of the token`,
      'admin/roles: are capped by the strongest scope',
    ),
    attack(
      'The last owner stays owner, also when two owners remove each other at two processes at once.',
      `${people}: of owner stays with one person`,
    ),
    attack(
      'An auditor learns no e-mail address and no subject, by reading or by searching, without an event.',
      `${people}: sees e-mail and subject masked`,
    ),
    attack(
      'Support reads no settings, and only the events of a person.',
      `${people}: sees names of the configuration`,
    ),
    attack(
      'A stolen session of an admin makes no dangerous change: that takes a sign-in of the last five minutes and a reason.',
      'admin/fresh-sign-in: needs a sign-in of the last five minutes',
      'admin/fresh-sign-in: is given by a person with a recent sign-in',
      'admin/dangerous-change: a dangerous change',
    ),
    attack(
      'A named token ends with its time, its removal, its maker’s role and the token that made it, at every process.',
      'admin/named-tokens: expires, within a year',
      'admin/named-tokens: that is removed is refused by every process',
      'admin/named-tokens: is worth no more than the person',
    ),
    attack(
      'ADMIN_API_TOKEN is no value that can be guessed, and none that no request can match.',
      'admin/bootstrap-strength: is refused in production',
      'admin/bootstrap-strength: is refused everywhere',
    ),
    attack(
      'Support and operators do not let a locked-out admin back in, and touch no account of an admin.',
      `${escalation}: does not let a person with a role back in`,
      `${escalation}: is deleted or merged for a stated reason`,
    ),
    attack(
      'Background access is not had by another door: a new secret, other keys, handout or the app’s use again.',
      `${escalation}: gets a new secret, other keys, handout or its use again`,
    ),
    attack(
      'An operator does not make or redirect an app that gets tokens of the admin API.',
      `${escalation}: is made and changed by owners only`,
      `${escalation}: is changed by owners only, as its scopes`,
    ),
    attack(
      'A proof of a provider’s SDK that is presented again counts as no recent sign-in, also after a refresh.',
      'journeys/sdk-sign-in: gets access tokens that state no sign-in',
    ),
    attack(
      'Under ADMIN_APPROVALS no person approves an own change, by a token neither, and it is carried out once.',
      'admin/approvals: is approved by no token',
      'admin/approvals: also waits when ADMIN_API_TOKEN asks',
      'admin/approvals: is not carried out once its author is no owner',
      'admin/approvals: is carried out by one of two processes',
    ),
    attack(
      'The link of an invitation works once, in time, for the person who signs in and accepts; another site cannot accept it.',
      `${joining}: is not accepted by a form of another site`,
      `${joining}: needs a sign-in of its own time`,
      `${joining}: that two browsers accept at once`,
      'account/sign-in: replaces the session by a new one',
      'console/join: says the same when it is unknown, expired, used',
      'console/join: keeps its handle out of the database and of the log',
    ),
    attack(
      'The first owner’s link sets up a connection only in one browser, and only while no person can sign in.',
      `${joining}: leads to no setup while people can sign in`,
      'console/setup: adds a connection, checks it',
      'console/setup: cannot set up a second time',
    ),
    attack(
      'A request to the admin API cannot set fields such as role, id or creation time.',
      'admin/people: cannot be given fields that they must not have',
    ),
    attack(
      'Filters, cursors and ids with quotes, huge numbers or tampering are refused.',
      'admin/door: is 400 for an invalid cursor',
      'admin/door: is 404 for a malformed id',
      `${here}: searched for by %j`,
    ),
    attack('Hostile names reach no mail.', '(elsewhere: no mail is sent)'),
  ],
};
