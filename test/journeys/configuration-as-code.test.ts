import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createShell, type Settings } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { png } from '../support/pictures.ts';

// `symbolon config …` as an operator runs it: one file for two databases.

const [here, elsewhere] = [await freshDatabaseUrl(), await freshDatabaseUrl()];
const secrets = {
  GITHUB_SECRET: 'the-secret-of-the-github-app',
  NOTES_SECRET: randomBytes(32).toString('hex'),
  API_SECRET: randomBytes(32).toString('hex'),
  HOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
};
const settings: Settings = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://id.example.com',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  ...secrets,
};
const shell = createShell();
const config = (args: readonly string[], more: Settings = {}) =>
  shell(['config', ...args], { ...settings, DATABASE_URL: here, ...more });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-config-'));
  await writeFile(path.join(folder, 'google-secret'), 'the-secret-of-the-google-client\n', { mode: 0o600 });
  await writeFile(
    path.join(folder, 'api.yaml'),
    'openapi: 3.1.0\npaths: { /notes: { get: { operationId: listNotes, responses: { 200: {} } } } }\n',
  );
  await writeFile(path.join(folder, 'logo.png'), Buffer.from(png(32).split(',')[1] ?? '', 'base64'));
});

async function file(name: string, text: string): Promise<string> {
  const named = path.join(folder, `${name}.yaml`);
  await writeFile(named, text);
  return named;
}

async function query(text: string, url = here): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const events = async () =>
  (await query('SELECT type, actor_kind, detail FROM audit_event ORDER BY id')).length;

const whole = `
symbolon: 1
branding:
  name: { en: Okafor, zh: 奥卡福 }
  accent: "#1f4e5f"
  logo: { file: logo.png }
  legal: { terms: https://okafor.example/terms }
apis:
  - identifier: https://api.okafor.example
    name: Okafor API
    scopes: [{ name: read, description: Read, optional: true }]
    secret: { env: API_SECRET }
    client: app_notes
    connections: [{ connection: github, handout: false }]
connections:
  - alias: github
    provider: github
    client_id: one
    client_secret: { env: GITHUB_SECRET }
    display_name: { en: Work GitHub }
    api_description: { file: api.yaml }
  - alias: google
    provider: google
    client_id: two
    client_secret: { file: google-secret }
order: [google, github]
apps:
  - client_id: app_notes
    name: Notes
    redirect_uris: [https://notes.okafor.example/callback]
    client_secret: { env: NOTES_SECRET }
    connections:
      - connection: google
      - { connection: github, scopes: [repo], background: true, consent: unticked }
    apis: [https://api.okafor.example]
    sign_in_connections: [google]
    about: { owner: Okafor, privacy: https://okafor.example/privacy }
    branding: { accent: "#5f1f4e" }
app_admission: { domains: [claude.ai], dynamic_registration: true }
webhooks:
  - url: https://hooks.okafor.example/in
    secret: { env: HOOK_SECRET }
`;

describe('a configuration in a file', { timeout: 120_000 }, () => {
  it('is compared, applied, and then differs in nothing', async () => {
    const main = await file('main', whole);
    const before = await events();
    const compared = await config(['diff', main]);
    expect([compared.stderr, compared.code]).toEqual(['', 2]);
    expect(compared.stdout.split('\n')).toEqual([
      'create API https://api.okafor.example',
      'replace the secret of API https://api.okafor.example',
      'change rules for apps that register themselves: domains, dynamic_registration',
      'create connection github',
      'create connection google',
      'change order of connections: order',
      'change looks: name, accent, logo, legal',
      'create app app_notes',
      'change looks app_notes: accent',
      'change API https://api.okafor.example: client, connections',
      'create webhook https://hooks.okafor.example/in',
      '',
    ]);
    expect(await config(['apply', main, '--dry-run'])).toMatchObject({ code: 2 });
    expect(await events()).toBe(before);

    const applied = await config(['apply', main]);
    expect([applied.stderr, applied.code]).toEqual(['', 0]);
    expect(applied.stdout).toBe(compared.stdout);
    const recorded = await query('SELECT type, actor_kind FROM audit_event ORDER BY id DESC LIMIT 11');
    expect(new Set(recorded.map(({ actor_kind }) => actor_kind))).toEqual(new Set(['cli']));
    expect(recorded.map(({ type }) => type).sort()).toEqual([
      'admission.changed',
      'api.changed',
      'api.created',
      'api.secret_rotated',
      'app.created',
      'branding.changed',
      'branding.changed',
      'connection.created',
      'connection.created',
      'connection.reordered',
      'webhook.created',
    ]);
    const keepers = await query('SELECT managed_by FROM app UNION ALL SELECT managed_by FROM connection');
    expect(keepers.filter(({ managed_by }) => managed_by === 'config/main')).toHaveLength(3);

    const after = await events();
    expect(await config(['apply', main])).toMatchObject({ code: 0, stdout: 'Nothing differs.\n' });
    expect(await config(['diff', main])).toMatchObject({ code: 0 });
    expect(await events()).toBe(after);
  });

  it('is written, and makes the same of an empty database', async () => {
    const exported = await config(['export']);
    for (const secret of Object.values(secrets)) expect(exported.stdout).not.toContain(secret);
    expect(exported.stdout).not.toContain('the-secret-of-the-google-client');
    expect(exported.stdout).toContain('listNotes');
    const copy = await file('copy', exported.stdout);
    const named = {
      CONNECTION_GITHUB_CLIENT_SECRET: secrets.GITHUB_SECRET,
      CONNECTION_GOOGLE_CLIENT_SECRET: 'the-secret-of-the-google-client',
      APP_APP_NOTES_CLIENT_SECRET: secrets.NOTES_SECRET,
      API_API_OKAFOR_EXAMPLE_SECRET: secrets.API_SECRET,
      WEBHOOK_HOOKS_OKAFOR_EXAMPLE_IN_SECRET: secrets.HOOK_SECRET,
      DATABASE_URL: elsewhere,
    };
    const applied = await config(['apply', copy], named);
    expect([applied.stderr, applied.code]).toEqual(['', 0]);
    const again = await config(['export'], { DATABASE_URL: elsewhere });
    expect(again.stdout).toBe(exported.stdout);
    expect(parse(again.stdout)).toMatchObject({ apps: [{ client_id: 'app_notes' }] });
    const hashes = await Promise.all(
      [here, elsewhere].map((url) => query("SELECT secret_hash FROM app WHERE id = 'app_notes'", url)),
    );
    expect(hashes[0]).toEqual(hashes[1]);
  });

  it('changes what differs, and nothing else', async () => {
    const changed = whole
      .replace('client_id: one', 'client_id: three')
      .replace('name: Notes', 'name: Notes 2');
    const main = await file('main', changed);
    const newSecret = { GITHUB_SECRET: 'the-next-secret-of-the-github-app' };
    const { stdout, stderr } = await config(['apply', main], newSecret);
    expect([stderr, stdout]).toEqual([
      '',
      'change connection github: client_id, client_secret\nchange app app_notes: name\n',
    ]);
    expect(await config(['diff', main], newSecret)).toMatchObject({ code: 0 });
  });

  it('needs no secret that is stored already, if told so', async () => {
    const main = path.join(folder, 'main.yaml');
    const without = { GITHUB_SECRET: '', NOTES_SECRET: undefined };
    const refused = await config(['diff', main], without);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(
        'connections[0].client_secret: the environment variable GITHUB_SECRET has no value',
      ),
    ]);
    expect(await config(['diff', main, '--keep-secrets'], without)).toMatchObject({ code: 0 });
  });

  it('removes what it has made, when it is told to prune, and nothing of another', async () => {
    const added = await shell(
      ['connections', 'add', 'by-hand', '--provider', 'github', '--client-id', 'x', '--client-secret', '-'],
      { ...settings, DATABASE_URL: here },
      'a-secret-by-hand',
    );
    expect(added.stderr).toBe('');
    const fewer = whole.replace(/apps:[\s\S]*webhooks:/, 'apps: []\nwebhooks:');
    const main = await file('main', fewer);
    const newSecret = { GITHUB_SECRET: 'the-next-secret-of-the-github-app' };
    expect((await config(['diff', main], newSecret)).stdout).not.toContain('remove');
    const pruned = await config(['apply', main, '--prune'], newSecret);
    expect(pruned.stdout).toContain('remove app app_notes\n');
    expect(pruned.stdout).not.toContain('by-hand');
    const back = await config(['apply', await file('main', whole), '--keep-secrets'], newSecret);
    expect(back.stdout).toContain('restore app app_notes\n');
  });

  it('takes no name that signs the items of another file, and may have a name of its own', async () => {
    const second = 'symbolon: 1\napis: [{ identifier: "https://second.example", name: Second }]\n';
    await mkdir(path.join(folder, 'second'));
    const main = await file('second/main', second);
    for (const args of [['apply'], ['diff', '--prune']]) {
      const refused = await config([...args, main]);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('config/main already keeps'),
      ]);
    }
    const named = await file('second/main', `name: second\n${second}`);
    expect(await config(['apply', named, '--prune'])).toMatchObject({
      stdout: 'create API https://second.example\n',
    });
    const [row] = await query("SELECT managed_by FROM api WHERE identifier = 'https://second.example'");
    expect(row).toEqual({ managed_by: 'config/second' });
    const chosen = await config(['diff', main, '--managed-by', 'config/main']);
    expect(chosen.stderr).toContain('is kept by config/second');
  });

  it('does not take what another tool keeps, unless it is told to', async () => {
    const other = await file(
      'other',
      'symbolon: 1\napis:\n  - identifier: https://api.okafor.example\n    name: Mine\n',
    );
    const refused = await config(['apply', other]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('apis[0]: is kept by config/main; --take-over changes it nevertheless'),
    ]);
    expect((await config(['diff', other, '--take-over'])).stdout).toContain('managed_by');
  });
});

describe('a file at fault', { timeout: 60_000 }, () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let depth = 1; depth < 9; depth += 1) {
    const [from, to] = ['abcdefghi'[depth - 1], 'abcdefghi'[depth]];
    bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
  }
  it.each([
    ['that multiplies itself', `symbolon: 1\n${bomb.join('\n')}`, 'too many aliases'],
    ['that is no YAML', 'symbolon: 1\napps: [ {', 'line 2, column'],
    ['with a key twice', 'symbolon: 1\nsymbolon: 1', 'DUPLICATE_KEY'],
    ['with a tag of its own', 'symbolon: 1\nbranding: !!js/function x', 'TAG_RESOLVE_FAILED'],
    ['of another version', 'symbolon: 2', 'symbolon: must be 1'],
    ['with an unknown section', 'symbolon: 1\nsecrets: []', 'secrets: is no field here'],
    [
      'with an unknown field',
      'symbolon: 1\napps: [{ client_id: app_x, name: X, redirect_uri: y }]',
      'apps[0].redirect_uri: is no field here',
    ],
    [
      'with a secret in plain',
      'symbolon: 1\nconnections: [{ alias: x, provider: github, client_id: y, client_secret: hush-hush }]',
      'connections[0].client_secret: is a secret: give it as {env: NAME} or {file: PATH}',
    ],
    [
      'with a secret option in plain',
      'symbolon: 1\nconnections: [{ alias: x, provider: github-app, client_id: y, options: { webhook_secret: hush-hush } }]',
      'connections[0].options',
    ],
    [
      'with a redirect that runs a script',
      'symbolon: 1\napps: [{ client_id: app_x, name: X, type: spa, redirect_uris: ["https://a.example", "javascript:alert(1)"] }]',
      'apps[0].redirect_uris[1]: "javascript:alert(1)"',
    ],
    [
      'that names a connection there is not',
      'symbolon: 1\napps: [{ client_id: app_x, name: X, type: spa, redirect_uris: ["https://a.example"], connections: [{ connection: nowhere }] }]',
      'apps[0].connections[0]: there is no connection "nowhere"',
    ],
    [
      'with a new app without its secret',
      'symbolon: 1\napps: [{ client_id: app_x, name: X, redirect_uris: ["https://a.example"] }]',
      'apps[0].client_secret: is missing',
    ],
    ['that contains itself', 'symbolon: 1\napps: &a [*a]', 'apps[0]'],
    ['without an end of its brackets', `symbolon: 1\napps: ${'['.repeat(50_000)}`, 'bad.yaml'],
    ...['deployment', 'system', 'app_account', 'api_notes'].map((id) => [
      `with an app whose id is ${id}`,
      `symbolon: 1\napps: [{ client_id: ${id}, name: X, type: spa, redirect_uris: ["https://a.example"] }]`,
      'apps[0].client_id: has another meaning in the broker',
    ]),
    ...[
      ...['{ env: ENCRYPTION_KEYS }', '{ env: DATABASE_URL }', '{ file: own-key }'],
      ...['{ file: /proc/self/environ }', '{ file: copy }'],
    ].map((reference) => [
      `that sends ${reference} of the broker to a provider`,
      `symbolon: 1\nconnections: [{ alias: x, provider: github, client_id: y, client_secret: ${reference} }]`,
      'is of the broker itself',
    ]),
    [
      'with a secret that has no end',
      'symbolon: 1\nconnections: [{ alias: x, provider: github, client_id: y, client_secret: { file: /dev/zero } }]',
      'connections[0].client_secret: /dev/zero is no regular file',
    ],
    [
      'with an OpenAPI document that has no end',
      'symbolon: 1\nconnections: [{ alias: x, provider: github, client_id: y, api_description: { file: /dev/zero } }]',
      'connections[0].api_description: is larger than 256 KiB',
    ],
    ['with a logo that has no end', 'symbolon: 1\nbranding: { logo: { file: /dev/zero } }', 'branding.logo'],
    [
      'with one app twice',
      'symbolon: 1\napps: [&x { client_id: app_x, name: X, type: spa, redirect_uris: ["https://a.example"] }, *x]',
      'apps[1]: is the same as apps[0]',
    ],
  ])('%s is refused with the place, and nothing is written', async (_, text, words) => {
    const before = await events();
    const bad = await file('bad', text);
    const token = randomBytes(32).toString('hex');
    await writeFile(path.join(folder, 'token'), token, { mode: 0o600 });
    await writeFile(path.join(folder, 'copy'), `TOKEN=${token}`, { mode: 0o600 });
    await symlink('token', path.join(folder, 'own-key')).catch(() => undefined);
    const own = { ADMIN_API_TOKEN_FILE: path.join(folder, 'token') };
    const { code, stderr, stdout } = await config(['apply', bad], own);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`symbolon: ${bad}: `);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('hush-hush');
    expect(await events()).toBe(before);
  });
});

describe('symbolon apps update', { timeout: 60_000 }, () => {
  const update = (...args: readonly string[]) =>
    shell(['apps', 'update', ...args], { ...settings, DATABASE_URL: here });

  it('changes what is named, and keeps the rest', async () => {
    const { stdout } = await update(
      'app_notes',
      '--name',
      'Notes 3',
      '--connection',
      'github',
      '--optional',
      'github',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'Notes 3',
      connections: [{ connection: 'github', scopes: ['repo'], background: true, consent: 'unticked' }],
      redirect_uris: ['https://notes.okafor.example/callback'],
      managed_by: 'config/main',
    });
    const [event] = await query('SELECT type, detail FROM audit_event ORDER BY id DESC LIMIT 1');
    expect(event).toMatchObject({ type: 'app.changed', detail: { passed_over: 'config/main' } });
    expect(await update('app_notes', '--connection', 'nowhere')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--connection'),
    });
    expect(await update('app_none', '--name', 'x')).toMatchObject({ code: 1 });
    expect(await update('app_notes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing to change'),
    });
  });
});
