import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { listenForAgents, type Received } from '../support/received.ts';
import { occurrences } from '../support/spellings.ts';

// The search that each world with an agents' API makes at its end, tried on harmless values.

const secret = 'harmless?value>of-the~test/0123';
const every = (spell: (code: string) => string) =>
  Array.from(secret, (sign) => spell(sign.charCodeAt(0).toString(16).padStart(2, '0'))).join('');

describe('the search finds a value', () => {
  it.each<readonly [string, string]>([
    ['plain', `a ${secret} b`],
    ['in JSON', JSON.stringify({ text: JSON.stringify({ secret }) })],
    ['escaped in JSON', every((hex) => `\\u00${hex}`)],
    ['escaped in JSON within JSON', JSON.stringify({ text: every((hex) => `\\u00${hex}`) })],
    ['escaped for a URL', encodeURIComponent(secret)],
    ['escaped for a URL twice', encodeURIComponent(encodeURIComponent(secret))],
    ['percent-encoded', every((hex) => `%${hex}`)],
    ['in references of HTML', every((hex) => `&#x${hex};`)],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in hexadecimal capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    ...['', 'a', 'ab', 'abc'].flatMap((before) =>
      (['base64', 'base64url'] as const).map(
        (form) =>
          [`in ${form} after ${before.length}`, Buffer.from(`${before}${secret}z`).toString(form)] as const,
      ),
    ),
  ])('%s', (_name, text) => {
    expect(occurrences([secret], [['place', text]])).toHaveLength(1);
    expect(occurrences([`x${secret}`], [['place', text]])).toEqual([]);
  });
});

describe('the listener', () => {
  let received: Received;
  let url: string;

  beforeAll(async () => {
    received = listenForAgents();
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/mcp/header'))
        response.writeHead(401, { 'www-authenticate': secret }).end();
      else if (request.url === '/oidc/token')
        response.end(JSON.stringify({ access_token: `access-${secret}` }));
      else if (request.url === '/oidc/auth')
        response.setHeader('location', `https://agent.example/?code=code-${secret}`).end();
      else {
        response.setHeader('content-type', 'text/event-stream');
        response.write(`data: ${secret.slice(0, 9)}`);
        response.end(Buffer.from(`${secret.slice(9)}\n\n`));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    received.at(port);
    url = `http://127.0.0.1:${port}`;
    atEnd(async () => {
      received.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  });

  const get = async (path: string, headers: Record<string, string> = {}) =>
    await (await fetch(`${url}${path}`, { headers, redirect: 'manual' })).text();

  it('hears bodies and headers of the agents’ API and of metadata, and of nothing else', async () => {
    for (const path of [
      '/mcp',
      '/mcp/header',
      '/.well-known/oauth-protected-resource/mcp',
      '/oidc/x',
      '/mcpx',
    ])
      await get(path);
    expect(occurrences([secret], received.answers()).map((found) => found.split(':')[0])).toEqual([
      'GET /mcp',
      'GET /mcp/header',
      'GET /.well-known/oauth-protected-resource/mcp',
    ]);
  });

  it('learns the tokens, codes, client secrets and proofs that pass', async () => {
    await get('/oidc/token', {
      authorization: `Basic ${Buffer.from(`id:basic-${secret}`).toString('base64')}`,
    });
    await get('/oidc/auth');
    await get('/mcp', { authorization: `DPoP bound-${secret}`, dpop: `proof-${secret}` });
    for (const kind of ['access', 'code', 'basic', 'bound', 'proof'])
      expect(received.passed()).toContain(`${kind}-${secret}`);
  });
});
