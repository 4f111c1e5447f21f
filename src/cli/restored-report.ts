import type { LostChange } from './restored-lost-changes.ts';
import { formatCount } from './table.ts';

interface Found {
  readonly active: number;
  readonly since: Date | undefined;
}

/** Returns the consequences to print before the command acts. */
export function announcement({ active, since }: Found): string {
  return [
    since
      ? `The newest event in this database is of ${since.toISOString()}. It has no later changes.`
      : 'This database has no events.',
    'Tokens and grants that ended since then would be valid again. So everything that the broker issued is revoked within five seconds:',
    '  access and refresh tokens, codes, grants, sessions; signing keys are replaced. Every person has to sign in again.',
    `The ${formatCount(active)} living tokens of providers are not handed out before each is checked with its provider:`,
    '  by a refresh, or by asking for the token’s owner if there is no refresh token.',
  ].join('\n');
}

/** Returns the text to print afterwards. `lostChanges`: by the logs of the brokers; undefined: no logs were given. */
export function nextSteps(since: Date | undefined, lostChanges: readonly LostChange[] | undefined): string {
  const time = since?.toISOString() ?? 'the backup';
  return [
    '',
    'Done. Now:',
    '  1. Start the brokers, if they do not run. They check each token with its provider when an app retrieves it, and a few',
    '     at a time in the background; `symbolon restored --status` says how many are left. A refresh token that was',
    '     rotated since the backup is tried once; its identity then reports rotation_lost, and its person has to reauthorize.',
    `  2. This database does not show what else was changed after ${time} and is now lost:`,
    '     people disabled, deleted or without a role; accounts unlinked; permissions withdrawn from apps;',
    '     secrets of apps and webhooks that were changed; apps, connections and policies that were disabled or restricted.',
    ...(lostChanges === undefined
      ? [
          '     The logs of the brokers since then show it (`--log FILE`); your webhook endpoints received those of people and accounts.',
        ]
      : ['', ...lostChangeLines(lostChanges)]),
  ].join('\n');
}

function lostChangeLines(lostChanges: readonly LostChange[]): readonly string[] {
  if (lostChanges.length === 0) return ['The logs name no such change.'];
  return [
    `By the logs ${formatCount(lostChanges.length)} such things were done, and have to be repeated:`,
    ...lostChanges.map(({ at, type, about }) => `  ${at.toISOString()}  ${type}  ${about}`.trimEnd()),
  ];
}
