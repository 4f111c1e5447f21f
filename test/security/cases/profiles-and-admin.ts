import { attack, type Subject } from '../case.ts';

const here = 'identities/identity-attacks';

export const profilesAndAdmin: Subject = {
  title: 'Profiles, pages and the admin API',
  cases: [
    attack(
      'A name with markup, direction overrides, NUL, half characters or 1 MB is shown as short text.',
      'http/display-text: a stranger’s text on a page',
      `${here}: a profile of hostile text`,
      `${here}: a profile of a megabyte`,
      `${here}: a profile keeps the name`,
      `${here}: a profile does not rename`,
      'account/sign-in: shows what strangers typed as text',
    ),
    attack(
      'A picture address with `javascript:`, `data:` or another scheme than https is not shown.',
      'http/display-text: a stranger’s picture',
      `${here}: a profile has no picture`,
    ),
    attack(
      'A profile of 50 MB, one that arrives slowly and one nested without end fail cleanly.',
      'login/provider-attacks: whose profile is broken',
      'connectors/conformance/profiles: of 50 MB is not read',
      'kit/outbound: an answer is read up to its limit',
      'kit/outbound: an answer that never comes, or drips',
      'kit/exact-json: a hostile object',
    ),
    attack(
      'A connection’s secret is never shown, and a change of its endpoints requires it again.',
      'admin/resources: connections never tell their secret',
      'admin/resources: connections keep their secret where it is sent to',
      'admin/resources: connections keep it also where an option decides',
    ),
    attack(
      'The admin API opens with the bootstrap token, or for a person with the role through an app with the scope. There is one role.',
      'admin/authorize: an admin is',
      'admin/door: who may come in',
    ),
    attack(
      'A request to the admin API cannot set fields such as role, id or creation time.',
      'admin/people: users cannot be given what is not theirs to have',
    ),
    attack(
      'Filters, cursors and ids with quotes, huge numbers or tampering are refused.',
      'admin/door: 400 for pages that are none of ours',
      'admin/door: 404 for ids that cannot be',
      `${here}: searched for by %j`,
    ),
    attack('Hostile names reach no mail.', '(elsewhere: no mail is sent)'),
  ],
};
