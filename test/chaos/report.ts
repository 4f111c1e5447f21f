import type { Fate } from './fates.ts';
import type { Options } from './options.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

export interface Outcome {
  readonly options: Options;
  readonly stage: Stage;
  readonly tally: Tally;
  readonly fates: readonly Fate[];
  readonly provider: Readonly<Record<string, number>>;
  readonly goneWell: number;
  readonly seconds: { readonly trouble: number; readonly all: number };
}

const line = (name: string, value: string | number) => `  ${name.padEnd(58)}${String(value).padStart(8)}`;

export function report({ options, stage, tally, fates, provider, goneWell, seconds }: Outcome): string {
  const { fleet } = stage;
  const by = (cause: Fate['cause']) => fates.filter((fate) => fate.cause === cause);
  const became = (list: readonly Fate[]) =>
    [...Map.groupBy(list, (fate) => fate.became)].map(([name, of]) => line(`    → ${name}`, of.length));
  return [
    `chaos, seed ${options.seed}`,
    '',
    line('seconds of trouble / in all', `${seconds.trouble} / ${seconds.all}`),
    line('identities', options.people),
    line('brokers killed by SIGKILL', tally.of('brokers killed')),
    line('brokers asked to end by SIGTERM', tally.of('brokers asked to end')),
    line(
      'brokers that ended by themselves when up / while starting',
      `${fleet.died.filter(({ wasReady }) => wasReady).length} / ${fleet.died.filter(({ wasReady }) => !wasReady).length}`,
    ),
    line(
      'brokers paused beyond their leases / refreshes under way then',
      `${tally.of('brokers paused')} / ${tally.of('refreshes under way when their broker was paused')}`,
    ),
    line('PostgreSQL connections killed', tally.of('connections killed')),
    line(
      'PostgreSQL away for seconds / for one to two minutes',
      `${tally.of('database away')} / ${tally.of('database away for minutes')}`,
    ),
    line('vault table locked for seconds', tally.of('vault table locked')),
    line('key endpoint armed to fail', tally.of('key endpoint failed')),
    ...tally
      .under('answers to apps ')
      .map(([what, count]) => line(`answers to apps ${what} on the way`, count)),
    ...tally.under('fault: ').map(([name, count]) => line(`provider fault: ${name}`, count)),
    line('grants withdrawn by an operator', tally.of('grants withdrawn')),
    line(
      'sign-ins / cut short and begun again',
      `${tally.of('sign-ins')} / ${tally.of('sign-ins cut short')}`,
    ),
    ...tally.under('cut short: ').map(([name, count]) => line(`  ${name}`, count)),
    '',
    line('forced refreshes that ended in a living token', tally.of('forced refreshes')),
    line('  tokens handed out and tried at the provider', tally.of('tokens tried at the provider')),
    line('rotations at the provider', provider.rotated ?? 0),
    line('our own refresh tokens rotated', tally.of('own refresh tokens rotated')),
    ...tally.under('answer: ').map(([name, count]) => line(`  answers: ${name}`, count)),
    '',
    line('rotations that fell into the crash window', by('crash window').length),
    ...became(by('crash window')),
    line('rotations whose answer was lost on the way', by('answer lost on the way').length),
    ...became(by('answer lost on the way')),
    line(
      'tries after a loss whose answer was lost in turn',
      tally.of('tries after a loss that were lost in turn'),
    ),
    line('grants ended by an operator in mid-rotation', by('ended by an operator').length),
    line('tries left unfinished that went well at the second try', goneWell),
    line(
      'refresh tokens shown again / families that died of it',
      `${provider.reused ?? 0} / ${provider.families_killed ?? 0}`,
    ),
    '',
    ...verdicts(tally),
    ...named(by('crash window')),
  ].join('\n');
}

/** Returns a line for each grant that was lost with a killed process: no other loss is allowed. */
function named(lost: readonly Fate[]): string[] {
  if (lost.length === 0) return [];
  const lines = lost.map(({ person, detail }) => `    ${person.identityId} killed with ${detail}`);
  return ['', `lost with a process that was killed between answer and save (${lost.length}):`, ...lines];
}

const promises: readonly (readonly [prefix: string, words: string])[] = [
  ['!newest:', 'every kept refresh token is the newest, or a reason is given'],
  ['!replay:', 'no refresh token shown twice, but for the one try after a loss'],
  ['!one-user:', 'one user per person'],
  ['!successor:', 'no code or refresh token of ours with two live successors'],
  ['!withdrawn:', 'what was withdrawn stays withdrawn'],
  ['!secret:', 'no secret in any log'],
  ['!opens:', 'every row opens'],
  ['!expiry:', 'no lease, intent or attempt outlived its time'],
  ['!', 'and nothing else that must not be'],
];

function verdicts(tally: Tally): string[] {
  const named = promises.slice(0, -1).map(([prefix]) => prefix);
  return promises.map(([prefix, words]) => {
    const broken = tally
      .under('!')
      .filter(([name]) =>
        prefix === '!' ? !named.some((one) => `!${name}`.startsWith(one)) : `!${name}`.startsWith(prefix),
      );
    const count = broken.reduce((sum, [, times]) => sum + times, 0);
    return line(words, count === 0 ? 'holds' : `BROKEN ${count}`);
  });
}

/** Returns the violations, with a few cases of each kind. */
export function evidence(tally: Tally): string {
  return [...tally.found]
    .map(
      ([name, cases]) =>
        `${name.replace(/^!/, '')} (${tally.of(name)}):\n${cases.map((one) => `    ${one}`).join('\n')}`,
    )
    .join('\n');
}
