import type { Undone } from './restored-log.ts';

interface Found {
  readonly active: number;
  readonly since: Date | undefined;
}

/** What will be done, before it is. */
export function announcement({ active, since }: Found): string {
  return [
    since
      ? `The newest event in this database is of ${since.toISOString()}. It has no later changes.`
      : 'This database has no events.',
    'Tokens and grants that ended since then would be valid again. So everything that the broker issued ends, within five seconds:',
    '  access and refresh tokens, codes, grants, sessions; signing keys are replaced. All people sign in again.',
    `The ${number(active)} living tokens of providers are not handed out before the provider has been asked about each:`,
    '  by a refresh, or, where there is none, by asking for the token’s owner.',
  ].join('\n');
}

export function nextSteps(since: Date | undefined, undone: readonly Undone[] | undefined): string {
  const time = since?.toISOString() ?? 'the backup';
  return [
    '',
    'Done. Now:',
    '  1. Start the brokers, if they do not run. They ask the providers about each token when an app wants it, and a few',
    '     at a time without being asked; `symbolon restored --status` says how many are left. A refresh token that was',
    '     rotated since the backup is tried once; its identity then says rotation_lost, and its person authorises again.',
    `  2. This database does not show what else was changed after ${time} and is now undone:`,
    '     people disabled, deleted or without a role; accounts unlinked; permissions withdrawn from apps;',
    '     secrets of apps and webhooks that were changed; apps, connections and policies that were disabled or restricted.',
    ...(undone === undefined
      ? [
          '     The logs of the brokers since then show it (`--log FILE`); your webhook receivers know of people and accounts.',
        ]
      : ['', ...undoneLines(undone)]),
  ].join('\n');
}

function undoneLines(undone: readonly Undone[]): readonly string[] {
  if (undone.length === 0) return ['The logs name no such change.'];
  return [
    `By the logs ${number(undone.length)} such things were done, and have to be done again:`,
    ...undone.map(({ at, type, about }) => `  ${at.toISOString()}  ${type}  ${about}`.trimEnd()),
  ];
}

export function number(count: number): string {
  return count.toLocaleString('en');
}
