import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../../chaos/app.ts';
import { arrive, type Person } from '../../chaos/person.ts';
import { createRandom } from '../../chaos/random.ts';
import type { Stage } from '../../chaos/stage.ts';
import { createTally } from '../../chaos/tally.ts';

/** `read`: a retrieval of a fresh token; `refresh`: of an expired one; `sign-in`: with its five requests. */
export type Kind = 'read' | 'refresh' | 'sign-in';

/** One request, or one sign-in. Times are milliseconds by `performance.now()`. */
export interface Done {
  readonly kind: Kind;
  readonly begun: number;
  readonly ended: number;
  readonly well: boolean;
  readonly answer: string;
}

export interface FailoverLoad {
  readonly done: Done[];
  /** Refreshes each person's token. Returns those whose grant is lost, who then sign in again. */
  losses(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Milliseconds; a caller waits for up to 15 s for a refresh that another broker has begun. */
const patience = 20_000;

export async function startLoad(stage: Stage, app: App, people: number): Promise<FailoverLoad> {
  const done: Done[] = [];
  const random = createRandom('failover', 'load');
  const cast = { stage, app, tally: createTally() };
  const readers: Person[] = [];
  const refreshers: Person[] = [];
  for (let index = 0; index < people; index += 1) {
    readers.push(await arrive(cast, `visitor-${2 * index}`));
    refreshers.push(await arrive(cast, `visitor-${2 * index + 1}`));
  }
  let over = false;

  async function timed(kind: Kind, work: () => Promise<string>): Promise<string> {
    const begun = performance.now();
    const answer = await work().catch((error: Error) => error.message);
    done.push({ kind, begun, ended: performance.now(), well: answer === '200', answer });
    return answer;
  }

  const brokerUrl = () => random.pick(stage.fleet.ready())?.url ?? stage.issuer;
  const ask = async ({ identityId, tokens }: Person) => {
    const response = await fetch(`${brokerUrl()}/v1/me/identities/${identityId}/token?min_ttl=5`, {
      headers: { authorization: `Bearer ${tokens.accessToken}` },
      signal: AbortSignal.timeout(patience),
    });
    const body = (await response.json()) as { code?: string };
    return response.status === 200 ? '200' : `${response.status} ${body.code}`;
  };
  const expire = async ({ identityId }: Person) => {
    const text = `UPDATE vault_entry SET access_expires_at = now() - interval '1 second' WHERE identity_id = $1`;
    await Promise.race([
      stage.pool.query(text, [identityId]).catch(() => undefined),
      pause(500, undefined, { ref: false }),
    ]);
  };

  const each = async (milliseconds: number, work: () => Promise<unknown>) => {
    while (!over) {
      await Promise.all([work(), pause(milliseconds)]);
    }
  };
  const loops = [
    ...readers.map((person) => each(200, () => timed('read', () => ask(person)))),
    ...refreshers.map((person) =>
      each(1_000, async () => {
        await expire(person);
        await timed('refresh', () => ask(person));
      }),
    ),
    each(2_000, () =>
      timed('sign-in', async () => {
        await app.signIn('visitor-0');
        return '200';
      }),
    ),
  ];

  async function isLost(person: Person): Promise<boolean> {
    for (let tries = 0; tries < 60; tries += 1) {
      await expire(person);
      const answer = await ask(person).catch((error: Error) => error.message);
      if (answer === '200') return false;
      if (answer.startsWith('409')) return true;
      await pause(500);
    }
    return true;
  }
  return {
    done,
    async losses() {
      const lost: string[] = [];
      for (const person of [...refreshers, ...readers]) {
        if (!(await isLost(person))) continue;
        lost.push(person.identityId);
        person.tokens = (await arrive(cast, person.user)).tokens;
      }
      return lost;
    },
    async stop() {
      over = true;
      await Promise.all(loops);
    },
  };
}
