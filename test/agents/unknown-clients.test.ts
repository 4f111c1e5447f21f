import { beforeAll, expect, it } from 'vitest';
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts';
import { createWorld, type World } from '../support/world.ts';
import { openLink, startAgent } from './stage.ts';

// An agent that no operator has registered: its client id is the address of its metadata document.

let world: World;
let host: DocumentHost;

beforeAll(async () => {
  host = await startDocumentHost();
  world = await createWorld({ mcp: true, allowedPrivateHosts: [host.domain] });
  await world.broker.issuance.admission.replace({ domains: [host.domain] });
});

it('an unknown agent signs in by its document, is named with its domain, and uses an account', async () => {
  const document = host.serve('/agent', {
    client_name: 'Helper',
    redirect_uris: ['https://agent.example/callback'],
  });
  const agent = await startAgent(world, { document });
  expect((await agent.client.listTools()).tools).toHaveLength(6);
  const read = { account: 'github', path: '/user' };
  const { connect_url } = (await agent.call('call_api', read)).structured;
  const page = await agent.browser.open(String(connect_url));
  expect(page.text).toContain(`Helper (${host.domain}) asks to use your GitHub`);
  await openLink(agent, connect_url);
  expect((await agent.call('call_api', read)).structured.status).toBe(200);
  // It has no door but this one: `/v1` lists no connection for it.
  const listed = await fetch(`${world.issuer}/v1/me/identities`, {
    headers: { authorization: `Bearer ${agent.token()}` },
  });
  expect(listed.status).toBe(401);
});

it('an unknown agent has the policy of the API, once it has one', async () => {
  const { apis } = world.broker.issuance;
  const api = await apis.byIdentifier(`${world.issuer}/mcp`);
  const connections = [{ connection: 'github', proxy: [{ methods: ['GET' as const], path: '/user' }] }];
  await apis.update(String(api?.id), { connections });
  const document = host.serve('/narrow', {
    client_name: 'Narrow',
    redirect_uris: ['https://agent.example/callback'],
  });
  const agent = await startAgent(world, { document });
  const { structured } = await agent.call('list_accounts');
  expect(structured.connectable).toMatchObject([{ connection: 'github' }]);
  const refused = { status: 'refused', code: 'connection_not_allowed' };
  const google = { connection: 'google' };
  expect((await agent.call('connect_account', google)).structured).toMatchObject(refused);
  expect((await agent.call('describe_api', { connection: 'github' })).structured).toMatchObject({
    read: [{ methods: ['GET'], path: '/user' }],
    change: [],
  });
});
