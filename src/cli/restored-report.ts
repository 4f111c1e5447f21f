import type { Undone } from './restored-log.ts';

interface Found {
  readonly active: number;
  readonly since: Date | undefined;
}

/** What will be done, before it is. */
export function announcement({ active, since }: Found): string {
  return [
    since
      ? `The newest thing this database knows of happened at ${since.toISOString()}. What was done since is not in it.`
      : 'This database knows of nothing that ever happened.',
    'What was ended since then would count again. So everything of ours ends, within five seconds at every broker:',
    '  access and refresh tokens, codes, grants, sessions; signing keys are replaced. Everybody signs in again.',
    `The ${number(active)} living tokens of providers are not handed out before the provider has been asked about each:`,
    '  by a refresh, or, where there is none, by asking whose token it is.',
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
    `  2. Nobody can know from this database what else was done after ${time} and has come back, or is gone:`,
    '     people disabled, deleted or without a role; accounts unlinked; permissions that people took from apps;',
    '     secrets of apps and webhooks that were changed; apps, connections and policies that were switched off or cut.',
    ...(undone === undefined
      ? [
          '     The logs of the brokers since then know it (`--log FILE`), your webhook receivers know of people and accounts.',
        ]
      : ['', ...undoneLines(undone)]),
  ].join('\n');
}

function undoneLines(undone: readonly Undone[]): readonly string[] {
  if (undone.length === 0) return ['The logs name nothing of the kind.'];
  return [
    `By the logs ${number(undone.length)} such things were done, and have to be done again:`,
    ...undone.map(({ at, type, about }) => `  ${at.toISOString()}  ${type}  ${about}`.trimEnd()),
  ];
}

export function number(count: number): string {
  return count.toLocaleString('en');
}
