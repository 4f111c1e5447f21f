import { createApp, type TestApp } from '../support/app.ts';
import type { World } from '../support/world.ts';
import { adminClient, type CallAdmin } from './client.ts';

export interface AdminPerson {
  readonly userId: string;
  readonly call: CallAdmin;
}

/** Returns an app with which people of the lab administer the broker. */
export async function adminApp(world: World): Promise<TestApp> {
  const app = await createApp(world, { firstParty: true });
  await world.broker.issuance.apps.update(app.clientId, { apis: [`${world.issuer}/admin/v1`] });
  return app;
}

/** Signs a person in who has the role. The API is that of `issuer`, if it is another process. */
export async function adminPerson(
  world: World,
  app: TestApp,
  who: { readonly user: string; readonly role: string; readonly scope?: string; readonly issuer?: string },
): Promise<AdminPerson> {
  const { user, role, scope = 'admin', issuer = world.issuer } = who;
  const tokens = await app.signIn({
    connection: 'google',
    user,
    scope: `openid ${scope}`,
    parameters: { audience: `${world.issuer}/admin/v1` },
  });
  const userId = tokens.claims()?.sub ?? '';
  await world.broker.identities.setRoles(userId, [role]);
  return { userId, call: adminClient({ ...world, issuer, adminToken: tokens.access_token }) };
}
