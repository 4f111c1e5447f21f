import { createServer } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// Serves the route handlers of an app directory as Next.js does: `GET` of `app/{path}/route.js` takes a
// Request and returns a Response. Nothing else of Next.js is here.

const [, , directory = '', port = ''] = process.argv;

createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url ?? '/', `http://localhost:${port}`);
  const file = path.join(directory, 'app', url.pathname, 'route.js');
  const { GET } = await import(pathToFileURL(file).href);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (value) headers.set(name, String(value));
  const response: Response = await GET(new Request(url, { headers }));
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}).listen(Number(port), () => process.stdout.write('listening\n'));
