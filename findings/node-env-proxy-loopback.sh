#!/usr/bin/env bash
# Guess: with NODE_USE_ENV_PROXY=1 and HTTP_PROXY set, Node leaves loopback addresses out by itself, as browsers do; and
#   fetch and http.get speak to the proxy alike.
# Seen (Node 24.21.0, from the npm package `node`): without NO_PROXY, calls to localhost and 127.0.0.1 go to the proxy too, so that
#   a process which calls its own public address asks the proxy's machine. For a plain http address fetch opens a tunnel (CONNECT)
#   while http.get sends the absolute form: a proxy that allows CONNECT for port 443 only serves one and refuses the other.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 2>/dev/null || npm install --silent --no-audit --no-fund node@24.21.0
cat > see.mjs <<'JS'
import { spawn } from 'node:child_process';
import http from 'node:http';

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
if (process.argv[2] === 'call') {
  const port = process.argv[3];
  for (const host of ['localhost', '127.0.0.1']) await fetch(`http://${host}:${port}/`).catch(() => undefined);
  await new Promise((resolve) => http.get(`http://127.0.0.1:${port}/`, (answer) => answer.resume().on('end', resolve)).on('error', resolve));
} else {
  const asked = [];
  let direct = 0;
  const own = http.createServer((_, response) => { direct += 1; response.end(); });
  const port = await listen(own);
  const word = (target) => target.replaceAll(String(port), 'PORT');
  const proxy = http.createServer((request, response) => { asked.push(`${request.method} ${word(request.url)}`); response.end(); });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${word(request.url)}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const env = { PATH: process.env.PATH, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: `http://127.0.0.1:${await listen(proxy)}` };
  const child = spawn(process.execPath, ['see.mjs', 'call', String(port)], { env, stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
  const seen = `Node ${process.version}: direct ${direct}; proxy: ${asked.join(', ')}`;
  console.log(seen);
  const wanted = 'Node v24.21.0: direct 0; proxy: CONNECT localhost:PORT, CONNECT 127.0.0.1:PORT, GET http://127.0.0.1:PORT/';
  process.exitCode = seen === wanted ? 0 : 1;
  own.close();
  proxy.close();
}
JS
./node_modules/.bin/node see.mjs
