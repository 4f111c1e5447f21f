import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A single-page app that loads a published package from npm. */
export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `files` maps paths to a file of this checkout, or to the text itself if it begins with `<`. */
export async function servePage(files: Readonly<Record<string, string>>): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = new URL(String(request.url), 'http://x').pathname;
    const source = files[path];
    if (source === undefined) return void response.writeHead(404).end();
    const html = source.startsWith('<');
    const text = html ? source : readFileSync(source, 'utf8');
    response.writeHead(200, { 'content-type': html ? 'text/html' : 'text/javascript' });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
