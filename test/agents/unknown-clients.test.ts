import { beforeAll, describe, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { faultsOnPage, linesOf } from '../support/chinese.ts';
import { launchChromium } from '../support/chromium.ts';
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, type World } from '../support/world.ts';
import { rawTool } from './raw.ts';
import { openLink, startAgent } from './stage.ts';

// An agent that no operator has registered: its client id is the address of its metadata document.

const read = { account: 'github', path: '/user' };

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

describe('a reader of Chinese', () => {
  const callback = 'https://agent.example/callback';

  /** A browser that remembers the pages it has shown. */
  function chineseBrowser() {
    const pages: Page[] = [];
    const inner = createBrowser({ stopAt: [callback], headers: { 'accept-language': 'zh-CN' } });
    const shown = async (page: Promise<Page>) => {
      pages.push(await page);
      return await page;
    };
    const browser: Browser = {
      cookies: inner.cookies,
      open: (url, headers) => shown(inner.open(url, headers)),
      submit: (page, submission) => shown(inner.submit(page, submission)),
    };
    return { browser, pages };
  }

  it('reads the lines of the consent, and finds the app apart, with its way here and one button that ends it', async () => {
    await world.broker.issuance.admission.replace({ domains: [host.domain], dynamicRegistration: true });
    const { browser, pages } = chineseBrowser();
    const document = host.serve('/zh', { client_name: 'Helper', redirect_uris: [callback] });
    const agent = await startAgent(world, { document, browser });
    const scope = 'accounts:read accounts:call accounts:write';
    await startAgent(world, { app: agent.app, browser, user: agent.user, scope });
    const lines = pages.flatMap(({ html }) => linesOf(html)).join('\n');
    for (const line of [
      '关联账号（供智能体使用）',
      '查看您允许其使用的账号',
      '读取您允许其使用的账号中的内容',
      '更改这些账号中的内容',
    ])
      expect(lines).toContain(line);
    await openLink(agent, (await agent.call('call_api', read)).structured.connect_url);

    const page = await browser.open(`${world.issuer}/account/agents`);
    // The app's name is its own, with its domain in half-width brackets.
    for (const { url, html } of pages.filter(
      ({ stopped, html }) => !stopped && html.includes('lang="zh-CN"'),
    ))
      expect(
        faultsOnPage(html).filter((fault) => !fault.includes(`Helper (${host.domain})`)),
        url.href,
      ).toEqual([]);
    const [mine = '', apart = ''] = page.text.split('自行注册的应用');
    expect(mine).not.toContain(host.domain);
    for (const text of [`应用信息发布于 ${host.domain}`, '授权结果发送至：agent.example', '最近使用'])
      expect(apart).toContain(text);
    // The page on a phone.
    const context = await (await launchChromium()).newContext({
      viewport: { width: 360, height: 740 },
      locale: 'zh-CN',
    });
    atEnd(() => context.close());
    const pairs = browser.cookies.header(new URL(world.issuer))?.split('; ') ?? [];
    const cookieOf = (pair: string) => ({
      name: pair.slice(0, pair.indexOf('=')),
      value: pair.slice(pair.indexOf('=') + 1),
      url: world.issuer,
    });
    await context.addCookies(pairs.map(cookieOf));
    const phone = await context.newPage();
    await phone.goto(`${world.issuer}/account/agents`);
    expect(await phone.getByText('自行注册的应用').count()).toBe(1);
    expect(await obstacles(phone)).toEqual([]);

    const end = page.forms.findIndex(({ action }) => action.endsWith(`${encodeURIComponent(document)}/stop`));
    const after = await browser.submit(page, { form: end });
    expect(after.text).not.toContain('自行注册的应用');
    expect((await rawTool(world, agent.token())).status).toBe(401);
  });
});

describe('an agent that is a page of another site', () => {
  const page = 'http://localhost:6274';

  // A document may leave the port of a loopback address open.
  const described = { client_name: 'Page', redirect_uris: ['http://localhost/oauth/callback'] };

  it('signs in and uses an account by the rules of browsers, by its document and by registration', async () => {
    await world.broker.issuance.admission.replace({ domains: [host.domain], dynamicRegistration: true });
    for (const way of [
      { mode: 'auto', document: host.serve('/page', described) },
      { mode: 'legacy' },
    ] as const) {
      const agent = await startAgent(world, { page, ...way });
      expect((await agent.client.listTools()).tools).toHaveLength(6);
      await openLink(agent, (await agent.call('call_api', read)).structured.connect_url);
      expect((await agent.call('call_api', read)).structured.status).toBe(200);
    }
  });

  it('has tokens that no page of a third site can use', async () => {
    const agent = await startAgent(world, { page });
    const from = async (origin: string) =>
      (await rawTool(world, agent.token(), { headers: { origin } })).status;
    expect(await from(page)).toBe(200);
    for (const origin of ['https://evil.example', 'null', 'https://localhost:6274', `${page}.evil.example`])
      expect(await from(origin)).toBe(403);
  });

  it.each([
    ['/mcp', 'POST', 'last-event-id,mcp-method,mcp-name,mcp-session-id,authorization,content-type,dpop'],
    ['/mcp', 'GET', 'authorization,last-event-id'],
    ['/mcp', 'DELETE', 'authorization,mcp-session-id'],
    ['/.well-known/oauth-protected-resource/mcp', 'GET', ''],
    ['/.well-known/oauth-authorization-server', 'GET', ''],
    ['/oauth/token', 'POST', 'content-type,dpop'],
    ['/oauth/register', 'POST', 'content-type'],
  ])(
    'may call %s by %s with the headers of the protocol, and without cookies',
    async (path, method, more) => {
      const asked = `mcp-protocol-version${more && `,${more}`}`;
      const { ok, headers } = await fetch(`${world.issuer}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: page,
          'access-control-request-method': method,
          'access-control-request-headers': asked,
        },
      });
      const listed = (name: string) => (headers.get(name) ?? '').toLowerCase().split(/, ?/);
      expect(ok).toBe(true);
      expect(['*', page]).toContain(headers.get('access-control-allow-origin'));
      expect(headers.has('access-control-allow-credentials')).toBe(false);
      expect(listed('access-control-allow-methods')).toContain(method.toLowerCase());
      expect(listed('access-control-allow-headers')).toEqual(expect.arrayContaining(asked.split(',')));
    },
  );
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
