import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { startDocumentHost } from '../support/document-host.ts';
import { openRoom } from './support/room.ts';

// Both scenarios of `@modelcontextprotocol/conformance` for authorization servers, with an app of a metadata document.

const suite = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');

it('passes the suite’s scenarios for authorization servers', async () => {
  const host = await startDocumentHost();
  const room = await openRoom({ privateHosts: [host.domain] });
  await room.issuance.admission.replace({ domains: [host.domain] });
  const resource = 'https://mcp.example';
  const scopes = [{ name: 'notes:read', description: 'Read your notes' }];
  await room.issuance.apis.create({ identifier: resource, name: 'Notes', scopes, clients: 'any' });
  const port = 20_000 + (process.pid % 20_000);
  const callback = `http://127.0.0.1:${port}/callback`;
  const clientId = host.serve('/agent', {
    client_name: 'Suite',
    redirect_uris: ['http://127.0.0.1/callback'],
  });

  const main = suite.replace('package.json', 'dist/index.js');
  const args = ['authorization', '--url', room.issuer, '--client-id', clientId, '--resource', resource];
  const child = spawn(process.execPath, [main, ...args, '-p', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const walked = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const [url] = new RegExp(`${room.issuer}/authorize\\?\\S+(?=\\s)`).exec(said) ?? [];
      if (url === undefined) return;
      child.stdout.off('data', hear);
      child.stdout.on('data', (more: Buffer) => (said += more.toString()));
      walk(url).then(resolve, reject);
    };
    child.stdout.on('data', hear);
    child.once('exit', () => resolve());
  });
  async function walk(url: string): Promise<void> {
    const browser = createBrowser({ stopAt: [callback] });
    let page = await browser.open(url);
    for (let pages = 0; !page.stopped && pages < 5; pages += 1) page = await browser.submit(page);
    await fetch(page.url);
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await walked;
  expect(await ended, said).toBe(0);
  expect(said).toContain('Total: 3 passed, 0 failed');
  expect(said).not.toMatch(/WARNING/);
});
