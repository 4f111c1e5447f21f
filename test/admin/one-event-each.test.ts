import { beforeAll, describe, expect, it } from 'vitest';
import { adminOperations } from '../../src/admin/admin.ts';
import type { EventType } from '../../src/kit/events/events.ts';
import { twofold } from '../account/visitor.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { type AdminAnswer, adminClient, type CallAdmin, itemsOf } from './client.ts';

// Each operation of the admin API that is no GET records exactly one event of its own, whose actor is the admin. An
// operation that is added needs a line here.

let world: World;
let app: TestApp;
let call: CallAdmin;
let people = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['slack', 'slack-workspace'] });
  call = adminClient(world);
  app = await createApp(world, { connections: ['google', 'slack', 'slack-workspace'] });
});

interface Case {
  /** The type of the event. */
  readonly type: EventType;
  /** Further events, each with the room that records it for any caller. */
  readonly also?: Partial<Record<EventType, string>>;
  /** Prepares the call. Returns its path and its body. */
  readonly ask: () => Promise<readonly [path: string, body?: object]>;
}

function remember({ body }: AdminAnswer): void {
  const shown = [body.client_secret, body.secret, body.token];
  world.remember(...shown.filter((value) => typeof value === 'string'));
}

async function made(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await call('POST', path, body);
  expect([path, answer.status]).toEqual([path, 201]);
  remember(answer);
  return answer.body;
}

const newApp = async () => String((await made('/apps', { name: 'One', type: 'service' })).client_id);
const newApi = async () =>
  String((await made('/apis', { identifier: `https://api-${++people}.example`, name: 'One' })).id);
const newWebhook = async () => String((await made('/webhooks', { url: 'https://hooks.example/' })).id);

async function newConnection(): Promise<string> {
  const alias = `one-${++people}`;
  await made('/connections', { alias, provider: 'github', client_id: 'one', client_secret: 'a-secret' });
  return alias;
}

async function person(connection = 'google') {
  const tokens = await app.signIn({ connection, user: `visitor-${++people}` });
  const id = tokens.claims()?.sub ?? '';
  const identities = itemsOf(await call('GET', `/users/${id}/identities`));
  return { id, identity: `/users/${id}/identities/${identities[0]?.id}` };
}

async function owner(): Promise<string> {
  const { id } = await person();
  await made('/admins', { user: id, role: 'owner' });
  return id;
}

/** Two users whom a provider states to be one person. */
async function twoOfOne(): Promise<readonly [string, string]> {
  const [one, other] = [await person('slack'), await person('slack-workspace')];
  const { sharedId } = world.database.prisma;
  const of = (userId: string) => ({ identity: { userId } });
  const { value } = await sharedId.findFirstOrThrow({ where: of(one.id) });
  await sharedId.updateMany({ where: of(other.id), data: { value } });
  await world.adopt();
  return [one.id, other.id];
}

async function secondAccount(): Promise<string> {
  const { visitor, other } = await twofold(world, `visitor-${++people}`, ['google', 'github']);
  return `/users/${visitor.userId}/identities/${other}`;
}

const year = () => new Date(Date.now() + 86_400_000).toISOString();
const newToken = () => ({ name: 'One', role: 'auditor', expires_at: year() });

const emptyJob = { act: 'users.enable', selection: { ids: ['usr_none'] } };

/** Returns the path of a job in a state, which another process works on. */
async function jobIn(state: 'running' | 'paused'): Promise<string> {
  const { id } = (await made('/jobs', emptyJob)).job as { id: string };
  const path = `/jobs/${id}`;
  await expect.poll(async () => (await call('GET', path)).body).toMatchObject({ state: 'done' });
  await world.database.pool.query(
    `UPDATE bulk_job SET state = $2, lease_until = now() + interval '1 hour' WHERE id = $1`,
    [id, state],
  );
  return path;
}

const cases: Readonly<Record<string, Case>> = {
  'POST /connections': {
    type: 'connection.created',
    ask: async () => [
      '/connections',
      { alias: `one-${++people}`, provider: 'github', client_id: 'one', client_secret: 'a-secret' },
    ],
  },
  'PATCH /connections/{connection}': {
    type: 'connection.changed',
    ask: async () => [`/connections/${await newConnection()}`, { enabled: false }],
  },
  'PUT /connections/{connection}/domain-files/{name}': {
    type: 'connection.domain_file_added',
    ask: async () => ['/connections/google/domain-files/MP_verify_OneOneOne1.txt', { content: 'One' }],
  },
  'DELETE /connections/{connection}/domain-files/{name}': {
    type: 'connection.domain_file_removed',
    async ask() {
      const path = '/connections/google/domain-files/MP_verify_TwoTwoTwo2.txt';
      await call('PUT', path, { content: 'Two' });
      return [path];
    },
  },
  'POST /connections/{connection}/check': {
    type: 'connection.checked',
    ask: async () => ['/connections/google/check'],
  },
  'PUT /connections/order': {
    type: 'connection.reordered',
    ask: async () => ['/connections/order', { connections: ['slack', 'google'] }],
  },
  'DELETE /connections/{connection}': {
    type: 'connection.removed',
    ask: async () => [`/connections/${await newConnection()}`],
  },
  'POST /apps': { type: 'app.created', ask: async () => ['/apps', { name: 'One', type: 'service' }] },
  'PATCH /apps/{app}': {
    type: 'app.changed',
    ask: async () => [`/apps/${await newApp()}`, { name: 'Two', enabled: false }],
  },
  'DELETE /apps/{app}': { type: 'app.removed', ask: async () => [`/apps/${await newApp()}`] },
  'POST /apps/{app}/restore': {
    type: 'app.restored',
    async ask() {
      const id = await newApp();
      await call('DELETE', `/apps/${id}`);
      return [`/apps/${id}/restore`];
    },
  },
  'POST /apps/{app}/secret': {
    type: 'app.secret_rotated',
    ask: async () => [`/apps/${await newApp()}/secret`],
  },
  'POST /apps/{app}/keys/check': {
    type: 'app.keys_checked',
    ask: async () => {
      const jwks_uri = 'https://keys.example/jwks.json';
      const { client_id: id } = await made('/apps', { name: 'Keys', type: 'service', jwks_uri });
      return [`/apps/${id}/keys/check`];
    },
  },
  'POST /apis': {
    type: 'api.created',
    ask: async () => ['/apis', { identifier: `https://api-${++people}.example`, name: 'One' }],
  },
  'PATCH /apis/{api}': { type: 'api.changed', ask: async () => [`/apis/${await newApi()}`, { name: 'Two' }] },
  'DELETE /apis/{api}': { type: 'api.removed', ask: async () => [`/apis/${await newApi()}`] },
  'POST /apis/{api}/secret': {
    type: 'api.secret_rotated',
    ask: async () => [`/apis/${await newApi()}/secret`],
  },
  'PUT /app-admission': { type: 'admission.changed', ask: async () => ['/app-admission', { idle_days: 7 }] },
  'PUT /branding': { type: 'branding.changed', ask: async () => ['/branding', { accent: '#1f4e5f' }] },
  'PUT /apps/{app}/branding': {
    type: 'branding.changed',
    ask: async () => [`/apps/${await newApp()}/branding`, { name: { en: 'One' } }],
  },
  'PATCH /users/{user}': {
    type: 'user.disabled',
    ask: async () => [`/users/${(await person()).id}`, { disabled: true }],
  },
  'DELETE /users/{user}': {
    type: 'user.deleted',
    also: { 'token.revoked': 'the vault, for each attempt at the provider' },
    ask: async () => [`/users/${(await person()).id}`],
  },
  'POST /users/{user}/merge': {
    type: 'user.merged',
    async ask() {
      const [one, from] = await twoOfOne();
      return [`/users/${one}/merge`, { from }];
    },
  },
  'POST /users/{user}/identities/{identity}/refresh': {
    type: 'token.refresh_requested',
    also: { 'token.refreshed': 'the vault, for each refresh' },
    ask: async () => [`${(await person()).identity}/refresh`],
  },
  'POST /users/{user}/identities/{identity}/ask-again': {
    type: 'token.reauthorization_requested',
    also: { 'token.reauthorization_required': 'the vault, for each grant of which no token is given out' },
    ask: async () => [`${(await person()).identity}/ask-again`],
  },
  'POST /users/{user}/identities/{identity}/revoke': {
    type: 'token.revocation_requested',
    also: { 'token.revoked': 'the vault, for each attempt at the provider' },
    ask: async () => [`${(await person()).identity}/revoke`],
  },
  'DELETE /users/{user}/consents/{app}': {
    type: 'grant.revoked',
    ask: async () => [`/users/${(await person()).id}/consents/${app.clientId}`],
  },
  'DELETE /users/{user}/sessions/{session}': {
    type: 'signed_out',
    async ask() {
      const { id } = await person();
      const [session] = itemsOf(await call('GET', `/users/${id}/sessions`));
      return [`/users/${id}/sessions/${session?.id}`];
    },
  },
  'DELETE /users/{user}/sessions': {
    type: 'signed_out',
    ask: async () => [`/users/${(await person()).id}/sessions`],
  },
  'POST /keys/signing/rotate': {
    type: 'keys.signing_rotated',
    ask: async () => ['/keys/signing/rotate', { compromised: true }],
  },
  'POST /users/{user}/erase': {
    type: 'user.deleted',
    also: { 'token.revoked': 'the vault, for each attempt at the provider' },
    ask: async () => [`/users/${(await person()).id}/erase`, { reason: 'asked by letter' }],
  },
  'DELETE /users/{user}/identities/{identity}': {
    type: 'identity.unlinked',
    also: { 'token.revoked': 'the vault, for each attempt at the provider' },
    ask: async () => [await secondAccount()],
  },
  'POST /webhooks': {
    type: 'webhook.created',
    ask: async () => ['/webhooks', { url: 'https://hooks.example/' }],
  },
  'PATCH /webhooks/{webhook}': {
    type: 'webhook.changed',
    ask: async () => [`/webhooks/${await newWebhook()}`, { enabled: false }],
  },
  'DELETE /webhooks/{webhook}': {
    type: 'webhook.removed',
    ask: async () => [`/webhooks/${await newWebhook()}`],
  },
  'POST /webhooks/{webhook}/secret': {
    type: 'webhook.secret_rotated',
    ask: async () => [`/webhooks/${await newWebhook()}/secret`],
  },
  'POST /webhooks/{webhook}/test': {
    type: 'webhook.tested',
    ask: async () => [`/webhooks/${await newWebhook()}/test`],
  },
  'POST /webhooks/{webhook}/deliveries/{delivery}/resend': {
    type: 'webhook.resent',
    ask: async () => {
      const path = `/webhooks/${await newWebhook()}`;
      const { body } = await call('POST', `${path}/test`);
      return [`${path}/deliveries/${body.event}/resend`];
    },
  },
  'POST /admins': {
    type: 'user.roles_changed',
    ask: async () => ['/admins', { user: (await person()).id, role: 'auditor' }],
  },
  'PATCH /admins/{user}': {
    type: 'user.roles_changed',
    ask: async () => [`/admins/${await owner()}`, { role: 'auditor' }],
  },
  'DELETE /admins/{user}': { type: 'user.roles_changed', ask: async () => [`/admins/${await owner()}`] },
  'POST /admins/invitations': {
    type: 'admin.invited',
    ask: async () => ['/admins/invitations', { role: 'support' }],
  },
  'POST /jobs': { type: 'job.created', ask: async () => ['/jobs', emptyJob] },
  'POST /jobs/{job}/pause': { type: 'job.paused', ask: async () => [`${await jobIn('running')}/pause`] },
  'POST /jobs/{job}/resume': { type: 'job.resumed', ask: async () => [`${await jobIn('paused')}/resume`] },
  'POST /jobs/{job}/cancel': { type: 'job.cancelled', ask: async () => [`${await jobIn('paused')}/cancel`] },
  'POST /tokens': { type: 'admin.token_created', ask: async () => ['/tokens', newToken()] },
  'DELETE /tokens/{token}': {
    type: 'admin.token_removed',
    ask: async () => [`/tokens/${(await made('/tokens', newToken())).id}`],
  },
};

/** These need a second person and ADMIN_APPROVALS: admin/approvals tries them, and their events. */
const elsewhere = ['approve', 'refuse', 'collect'].map((act) => `POST /approvals/{approval}/${act}`);

const writing = adminOperations({ issuance: {} } as Parameters<typeof adminOperations>[0])
  .filter(({ method }) => method !== 'get')
  .map(({ method, path }) => `${method.toUpperCase()} ${path}`);

/** They take nothing away and change no setting, so that nothing asks why. */
const keepNoReason: readonly string[] = [
  'POST /connections/{connection}/check',
  'POST /apps/{app}/keys/check',
  'POST /webhooks/{webhook}/test',
  'POST /webhooks/{webhook}/deliveries/{delivery}/resend',
];

it('each operation that changes something is tried', () => {
  expect([...Object.keys(cases), ...elsewhere].sort()).toEqual([...writing].sort());
});

describe('exactly one event, by the admin, is left by', () => {
  // An owner who stays, so that the others may go.
  beforeAll(async () => void (await owner()));

  it.each(Object.keys(cases))('%s', async (operation) => {
    const { type, also = {}, ask } = cases[operation] as Case;
    const [path, body] = await ask();
    const why = { 'symbolon-reason': 'ticket 7' };
    const answer = await call(operation.split(' ')[0] ?? '', path, body, why);
    expect([answer.status, answer.text]).toEqual([expect.toBeOneOf([200, 201, 204]), expect.anything()]);
    remember(answer);

    const request = answer.headers.get('x-request-id');
    const events = itemsOf(await call('GET', `/events?request=${request}`));
    const own = events.filter((event) => !Object.hasOwn(also, String(event.type)));
    expect(own).toMatchObject([{ type, actor: { kind: 'bootstrap', id: null }, address: '127.0.0.1' }]);
    if (!keepNoReason.includes(operation))
      expect(own).toMatchObject([
        { detail: { reason: body && 'reason' in body ? body.reason : 'ticket 7' } },
      ]);
  });
});

it('a change of roles and of the disabled state is two facts, so that it leaves one event for each', async () => {
  const { id } = await person();
  const answer = await call('PATCH', `/users/${id}`, { roles: ['admin'], disabled: true });
  expect(answer.status).toBe(200);
  const request = answer.headers.get('x-request-id');
  const events = itemsOf(await call('GET', `/events?request=${request}`));
  expect(events.map(({ type }) => type).sort()).toEqual(['user.disabled', 'user.roles_changed']);
});
