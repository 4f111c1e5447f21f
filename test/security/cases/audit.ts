import { attack, type Subject } from '../case.ts';

const file = 'kit/audit-chain-attacks';

export const audit: Subject = {
  title: 'The audit, against a writer of the database',
  cases: [
    attack(
      'A changed, removed, inserted or moved event is found and named, whatever the column.',
      `${file}: without tampering, the chain is whole`,
      `${file}: an event of which any column is changed is named`,
      `${file}: the chain covers every column`,
      `${file}: a removed event is named`,
      `${file}: an event that is inserted between sealed ones is named`,
      `${file}: an event that takes the id of a removed one is named`,
      `${file}: an event that is moved to another place in the feed is named`,
    ),
    attack(
      'An event that another hand writes or changes before its seal has no valid mark, and is named.',
      `${file}: an event that is written or changed by another hand before its seal is named`,
      `${file}: an event without a mark is named, except in the first day of the chain`,
    ),
    attack(
      'A seal that is changed, removed, renumbered or calculated again without the key is named.',
      `${file}: changed ones are named`,
      `${file}: one that is calculated again without the key is named`,
      `${file}: missing ones are named`,
      `${file}: a missing beginning is named`,
      `${file}: renumbered ones are named`,
      `${file}: ones that a stranger has signed with a key of an unknown name vouch for nothing`,
    ),
    attack(
      'A cut end is named by a head that a process has kept on its disk or in its log.',
      `${file}: a cut end is named by a head from outside, also after the chain has grown again`,
      'kit/audit-chain: follows the chain, and is kept when the chain has lost it',
    ),
    attack(
      'The role that runs the broker can change or delete no event and no seal, and alters no table, also with SQL of its own.',
      'kit/roles-attacks: is enough for sign-in, retrieval, refresh, unlinking and every job',
      'kit/roles-attacks: cannot change or delete what %s has',
      'kit/roles-attacks: cannot run %s',
      'kit/roles-attacks: has the rights to every table, also to one of a later version',
      'kit/roles-attacks: renumbers the events of a restored dump',
      'kit/roles-attacks: the role for reports reads the audit and names, and nothing sealed or hashed',
    ),
    attack(
      'A vault entry that is put back alone is named by the version of its last save.',
      'kit/audit-chain: that was put back alone is named, by the version of its last save',
    ),
  ],
};
