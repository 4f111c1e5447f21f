import { attack, type Subject } from '../case.ts';
import { doorNames, doorReasons, doorRows, doors } from '../doors.ts';
import { table } from '../table.ts';

const here = 'retrieval/doors-attacks';

export const doorsOfTokens: Subject = {
  title: 'Doors to a provider’s token',
  cases: [
    attack('Each door refuses when a check fails, and gives the token otherwise.', `${here}: at each door`),
    attack(
      'A refused retrieval leaves one row with the reason, at each door, and no app can fill the audit with them.',
      `${here}: a refused retrieval`,
    ),
  ],
  notes: [
    'These are the doors:',
    doorNames.map((door, index) => `${index + 1}. ${doors[door]}`).join('\n'),
    'Each cell below is tried against a running broker. ✓: the door refuses. –: the check does not concern it, and it stays open.',
    table(doorRows()),
    doorReasons().join('\n'),
  ].join('\n\n'),
};
