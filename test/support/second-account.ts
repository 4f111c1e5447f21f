import type { World } from './world.ts';

/** Links another account of the same person at a connection, without the pages. */
export async function linkSecond(world: World, userId: string, alias: string, subject: string) {
  const connection = await world.broker.connections.findNow(alias);
  if (!connection) throw new Error('no connection');
  const account = {
    subject,
    alternates: {},
    name: 'Second',
    picture: undefined,
    email: undefined,
    emailVerified: false,
  };
  return await world.broker.identities.link(userId, {
    connection,
    account,
    tokens: undefined as never,
  });
}
