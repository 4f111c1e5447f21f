import { beforeAll, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { postForm } from '../dialects/ask.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// An app asks a person who is elsewhere (CIBA). The account page shows the question, and the person decides there.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  await world.broker.issuance.apps.update(app.clientId, { backchannelTokenDeliveryMode: 'poll' });
});

const credentials = () => ({ client_id: app.clientId, client_secret: app.clientSecret });

async function ask(userId: string, message: string): Promise<string> {
  const form = { ...credentials(), scope: 'openid idp:google', login_hint: userId, binding_message: message };
  const { status, body } = await postForm(`${world.issuer}/oauth/backchannel`, form);
  expect([status, body.interval]).toEqual([200, 5]);
  world.remember(String(body.auth_req_id));
  return String(body.auth_req_id);
}

async function poll(auth_req_id: string) {
  const grant_type = 'urn:openid:params:grant-type:ciba';
  const { body } = await postForm(`${world.issuer}/oauth/token`, {
    ...credentials(),
    grant_type,
    auth_req_id,
  });
  world.remember(...[body.access_token, body.id_token].filter((one) => typeof one === 'string'));
  return body;
}

it('the person reads the code and the scopes on the account page, and approves or denies', async () => {
  await app.signIn({ connection: 'google', user: 'ada', scope: 'openid idp:google' });
  const ada = await visit(world, { connection: 'google', user: 'ada' });
  const first = await ask(ada.userId, 'W4-SCT');
  const events = itemsOf(await adminClient(world)('GET', '/events?type=approval.requested'));
  expect(events).toMatchObject([{ user: ada.userId, app: app.clientId }]);
  expect(JSON.stringify(events)).not.toContain(first);

  const list = await ada.open('/account/agents');
  const link = list.links.find(({ href }) => href.includes('/account/approvals/'))?.href ?? '';
  const question = await ada.open(link);
  for (const words of ['Test app', 'W4-SCT', 'idp:google']) expect(question.text).toContain(words);
  expect(question.html).not.toContain(first);

  // Another person who has the link neither sees nor decides it.
  const bob = await visit(world, { connection: 'google', user: 'sam' });
  const theirs = await bob.open(link);
  expect([theirs.status, theirs.text.includes('W4-SCT')]).toEqual([403, false]);
  expect((await poll(first)).error).toBe('authorization_pending');

  const approve = (page: typeof question, button: string) => {
    const form = page.forms.findIndex(({ action }) => action.includes('/account/approvals/'));
    return ada.browser.submit(page, { form, button });
  };
  await approve(question, 'approve');
  expect((await poll(first)).scope).toBe('openid idp:google');

  const second = await ask(ada.userId, 'AGAIN');
  const open = (await ada.open('/account/agents')).links.find(
    ({ href }) => href.includes('/account/approvals/') && href !== link,
  );
  await approve(await ada.open(open?.href ?? ''), 'deny');
  expect((await poll(second)).error).toBe('access_denied');
});
