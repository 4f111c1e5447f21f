import type { Role } from '../../src/admin/roles.ts';
import { visit } from '../account/visitor.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World, type WorldOptions } from '../support/world.ts';

/** A broker with people whose accounts work, have ended, and have been used by an app. */
export interface Stage {
  readonly world: World;
  /** The ids of people by their name in the lab. */
  readonly people: Readonly<Record<'ada' | 'lin' | 'sam', string>>;
  /** Lin's account that has ended. */
  readonly ended: string;
}

export async function createStage(options: WorldOptions = {}): Promise<Stage> {
  const world = await createWorld(options);
  const ada = await visit(world, { connection: 'google', user: 'ada' });
  const lin = await visit(world, { connection: 'wechat', user: 'lin' });
  await lin.press(await lin.open('/account'), '/account/link/google');
  const sam = await visit(world, { connection: 'github', user: 'sam' });
  const app = await createApp(world);
  const tokens = await app.signIn({
    connection: 'wechat',
    user: 'lin',
    scope: 'openid idp:wechat idp:google',
  });
  const take = (alias: string) =>
    fetch(`${world.issuer}/v1/me/identities/${alias}/token?force=true`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
  await take('wechat');
  await world.control('POST', 'google/users/lin/revoke');
  await take('google');
  const identities = await world.broker.identities.ofUser(lin.userId);
  const google = (await world.broker.connections.find('google'))?.id;
  const ended = identities.find(({ connectionId }) => connectionId === google)?.id ?? '';
  return { world, people: { ada: ada.userId, lin: lin.userId, sam: sam.userId }, ended };
}

export async function giveRole({ world, people }: Stage, user: keyof Stage['people'], role: Role) {
  await world.broker.identities.setRoles(people[user], [role]);
}
