import { attack, type Subject } from '../case.ts';

const here = 'issuance/session-attacks';

export const sessions: Subject = {
  title: 'Sessions, consent and sign-out',
  cases: [
    attack(
      'Cookies on https are `__Host-` or bound to their path, Secure, HttpOnly and Lax. Session ids are long and stored hashed.',
      `${here}: cookies`,
    ),
    attack(
      'An interaction that was begun in one browser cannot be finished in another, by a guessed id, or twice.',
      `${here}: an interaction belongs to one browser`,
    ),
    attack(
      'A form that another site posts (CSRF) is refused, for consent and for every change.',
      `${here}: forms are accepted from the broker’s own pages only:`,
      'account/unlink: requires the form token of this session, from a page of the broker',
    ),
    attack(
      'A session gets a new id at each sign-in (session fixation).',
      `${here}: a session gets a new id`,
      'account/sign-in: replaces the session by a new one',
    ),
    attack(
      'A sign-in or a linking on our own pages never leads on to an address of another site.',
      'account/sign-in: coming back after signing in never redirects to %s',
      'account/link: never redirects to %s',
    ),
    attack(
      'A link or a form of another site signs no person out.',
      `${here}: a sign-out requires the person’s confirmation:`,
      'account/unlink: cannot be triggered by a form of another site',
    ),
    attack(
      'A sign-out leads only to a registered address, and never to one that a forged or foreign hint names.',
      `${here}: a sign-out redirects`,
      'dialects/keycloak-realm: accepts its own ID tokens at sign-out',
    ),
    attack(
      'A sign-out and a sign-in at the same time leave no live session.',
      `${here}: a sign-out and a sign-in at the same time`,
    ),
    attack(
      'A sign-out also ends the account page’s own session in the same browser.',
      'account/sign-in: a session ends when the person signs out at the logout endpoint for apps, and in this browser only',
    ),
    attack(
      'A back-channel logout endpoint that is private, redirects, hangs or fails does not delay the person. It is retried for a day and a half.',
      'issuance/backchannel-logout: an app whose logout endpoint fails',
      'issuance/backchannel-logout: a back-channel logout address',
    ),
    attack(
      '`prompt=login` and `max_age` reach the provider, and its `auth_time` is checked.',
      `${here}: prompt and max_age`,
      'journeys/reauthentication: the provider’s auth_time',
    ),
  ],
};
