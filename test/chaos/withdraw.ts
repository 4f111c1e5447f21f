import { setTimeout as pause } from 'node:timers/promises';
import { again } from './again.ts';
import type { Load } from './load.ts';
import type { Person } from './person.ts';
import { retrieve } from './retrieve.ts';

/**
 * Revokes some grants during the faults, as an operator. Each revocation that the broker answered with 2xx
 * must hold.
 */
export async function withdraw(load: Load, person: Person): Promise<void> {
  const { stage, app, random, tally } = load;
  const path = `/admin/v1/users/${person.userId}/identities/${person.identityId}/revoke`;
  const headers = { authorization: `Bearer ${stage.adminToken}` };
  person.revoked = true;
  while (person.arriving) await pause(20);
  await insist(load, async (broker) => {
    const answer = await fetch(`${broker}${path}`, { method: 'POST', headers });
    const { outcome } = (await answer.json()) as { outcome?: string };
    return answer.status === 200 && outcome !== 'failed';
  });
  const broker = random.pick(stage.fleet.ready());
  const answer = broker && (await retrieve(person, broker.url, tally));
  if (answer?.kind === 'token')
    tally.evidence('!withdrawn: handed out after it was withdrawn', person.identityId);
  await insist(load, async (at) => (await app.revoke(person.tokens.refreshToken, at)).status === 200);
  tally.add('grants withdrawn');
}

async function insist({ stage, random }: Load, work: (broker: string) => Promise<boolean>): Promise<void> {
  for (;;) {
    const broker = random.pick(stage.fleet.ready());
    if (broker && (await work(broker.url).catch(() => false))) return;
    await pause(100);
  }
}

/** Checks at the end that neither the provider's token nor the app's own refresh token works again. */
export async function checkWithdrawn(load: Load, person: Person): Promise<void> {
  const { stage, app, tally } = load;
  const [broker] = stage.fleet.ready();
  if (!broker) return;
  const answer = await retrieve(person, broker.url, tally);
  const own = await again(() => app.refresh(person.tokens.refreshToken, broker.url));
  if (answer.kind === 'token')
    tally.evidence('!withdrawn: handed out after it was withdrawn', person.identityId);
  if (own.status === 200)
    tally.evidence('!withdrawn: our own refresh token works after it was revoked', person.userId);
}
