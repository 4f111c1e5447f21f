import { attack, type Subject } from '../case.ts';
import { theftTable } from '../stolen-database-table.ts';

const here = 'journeys/stolen-database-attacks';
const admins = 'journeys/stolen-admin-attacks';

export const stolenDatabase: Subject = {
  title: 'A writer to the database without an encryption key',
  cases: [
    attack(
      'An app that was inserted, or whose secret or connections were changed, gets no token.',
      `${here}: makes no app, and is reported with its table and id`,
      `${here}: gives an app no other secret`,
      `${here}: gives an app no connection`,
    ),
    attack(
      'A refresh token whose hash was chosen is refused.',
      `${here}: is no access token, and no refresh token`,
    ),
    attack(
      'An identity or a browser session that was moved to another person gives no access to that person.',
      `${here}: links no account of the attacker to a person`,
      `${here}: moves no browser session to another person`,
    ),
    attack(
      'A role or an admin token that was written gives no rights.',
      `${here}: gives no role`,
      `${here}: is no admin token`,
    ),
    attack(
      'An admin token that was inserted, or whose role or end was changed, is refused.',
      `${admins}: is refused when it was inserted, when its role was raised, and when its end was moved`,
    ),
    attack(
      'A change that waits for approval, whose author, operation, path, end or state was changed, is not carried out.',
      `${admins}: is gone`,
      `${admins}: is not made after it was refused, though its state and input are put back`,
      `${admins}: counts as failed once its input is gone`,
    ),
    attack(
      'An invitation whose role, end, author or setup was changed, or that is open again after its use, does not work.',
      `${admins}: does not work`,
      `${admins}: is not open again after it was used`,
    ),
    attack('A consent that was inserted does not count.', `${here}: gives no consent`),
    attack(
      'A connection whose endpoints were changed is not used.',
      `${here}: sends no sign-in to another address`,
    ),
    attack(
      'A deleted key of the tags stops the start: rows are not adopted a second time.',
      `${here}: that is deleted stops the start`,
    ),
  ],
  notes: `\`npm run prove:stolen-database\` tries these at a real broker, and fails if one gives more or less than the column “gives”. It\nchecks the findings of \`symbolon audit verify\`, the refused start and the answer 409; the events are tested by the cases above:\n\n${theftTable()}\n\nOther rows too can be put back with their own earlier tag: a rotated secret of an app, a withdrawn consent, a role that was taken\naway. So can the whole database. A disabled connection can be enabled, and a name or an e-mail address changed ([decision\n047](decisions/047-authenticated-rows.md)).`,
};
