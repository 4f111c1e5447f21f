import { describe, expect, test } from 'vitest';
import { labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();
const calendar = 'https://www.googleapis.com/auth/calendar.readonly';

async function open(query: Record<string, string> = {}) {
  const client_id = world.connection('google').clientId;
  const scope = `openid email ${calendar}`;
  const all = { client_id, redirect_uri: redirectUri, response_type: 'code', scope, state: 's', ...query };
  return world.get('/google/o/oauth2/v2/auth', all);
}

/** The request of a simple script: the first form's defaults and its first button. */
function firstForm(page: string): { action: string; fields: URLSearchParams } {
  const form = /<form[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/s.exec(page);
  const fields = new URLSearchParams();
  for (const [input] of form?.[2]?.matchAll(/<input[^>]*checked[^>]*>/g) ?? []) {
    fields.append(/name="([^"]*)"/.exec(input)?.[1] ?? '', /value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  const button = /<button name="([^"]*)" value="([^"]*)"/.exec(form?.[2] ?? '');
  fields.append(button?.[1] ?? '', button?.[2] ?? '');
  return { action: form?.[1] ?? '', fields };
}

async function submit(action: string, fields: URLSearchParams): Promise<URL> {
  const answer = await world.get(action, {}, { method: 'POST', body: fields });
  return new URL(answer.headers.get('location') ?? `about:${answer.status}`);
}

describe('the page', () => {
  test('escapes untrusted text, runs no script, and lets the form submit to the app', async () => {
    const page = await open();
    expect(page.text).toContain('Symbolon lab – simulated Google');
    expect(page.text).not.toContain('<img src=x');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('form-action');
  });

  test('its first form unchanged approves the first person', async () => {
    const { action, fields } = firstForm((await open()).text);
    const url = await submit(action, fields);
    expect(url.searchParams.get('code')).toBeTruthy();
    expect((await world.control('google')).json.grants).toMatchObject([
      { user: 'lin', refresh_token: false },
    ]);
    expect((await submit(action, fields)).href).toBe('about:400');
  });

  test('unticked scopes are not granted', async () => {
    const { action, fields } = firstForm((await open({ lab_user: 'ada' })).text);
    expect(fields.get('user')).toBe('ada');
    fields.delete('scope');
    const url = await submit(action, fields);
    expect(url.searchParams.get('scope')).toBe('openid https://www.googleapis.com/auth/userinfo.email');
    const { grants } = (await world.control('google')).json;
    expect(grants.find(({ user }: { user: string }) => user === 'ada')).toMatchObject({
      declined: [calendar],
    });
  });

  test('the second button denies', async () => {
    const { action, fields } = firstForm((await open()).text);
    fields.set('decision', 'deny');
    expect((await submit(action, fields)).searchParams.get('error')).toBe('access_denied');
  });

  test.each(['mallory', 'Lin@Example.com'])('login_hint %s preselects', async (login_hint) => {
    expect((await open({ login_hint })).text).toMatch(/value="mallory" checked/);
  });

  test('an unknown hint is no hint', async () => {
    expect((await open({ login_hint: 'nobody' })).text).toMatch(/value="lin" checked/);
  });

  test('no other person is approved in place of an unknown lab_user', async () => {
    const page = await open({ lab_user: 'nobody', lab_auto: '1' });
    expect(page.text).toContain('<form');
  });
});

test('visitors are created when they are named', async () => {
  const page = await open({ lab_user: 'visitor-7' });
  expect(page.text).toMatch(/value="visitor-7" checked/);
  const { action, fields } = firstForm(page.text);
  expect((await submit(action, fields)).searchParams.get('code')).toBeTruthy();
  expect((await world.control('google/users/visitor-7/revoke', {})).json).toEqual({ revoked: 1 });
});
