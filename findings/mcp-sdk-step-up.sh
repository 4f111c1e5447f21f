#!/usr/bin/env bash
# Guess: when a server answers 403 with `insufficient_scope` and the scopes that are needed (MCP 2025-11-25, step-up
#   authorization), the official client library asks the person for those scopes, and the call then works.
# Seen (@modelcontextprotocol/sdk 1.32.2): a client that has a refresh token uses it, which cannot widen the scope (RFC 6749
#   section 6). The new token has the old scope, the second 403 ends the call with an error, and the person is never asked.
#   @modelcontextprotocol/client 2.4.0 asks the person for the scopes of the challenge, and does not refresh.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0
cat > see.mjs <<'JS'
import http from 'node:http';
import * as second from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

let refreshes = 0;
const json = (response, body, status = 200, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};
const server = http.createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (request.url === '/.well-known/oauth-protected-resource/mcp')
    return json(response, { resource: `${at}/mcp`, authorization_servers: [at], scopes_supported: ['read', 'write'] });
  if (request.url === '/.well-known/oauth-authorization-server')
    return json(response, {
      issuer: at, authorization_endpoint: `${at}/authorize`, token_endpoint: `${at}/token`,
      response_types_supported: ['code'], grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'],
    });
  if (request.url === '/token') {
    refreshes += 1;
    return json(response, { access_token: `narrow-${refreshes}`, token_type: 'Bearer', expires_in: 3600, scope: 'read', refresh_token: 'again' });
  }
  if (request.url !== '/mcp' || request.method !== 'POST') return response.writeHead(405).end();
  const { id, method, params } = JSON.parse(text);
  if (method === 'initialize')
    return json(response, { jsonrpc: '2.0', id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'server', version: '1' } } });
  if (id === undefined) return response.writeHead(202).end();
  json(response, { error: 'insufficient_scope' }, 403, {
    'www-authenticate': `Bearer error="insufficient_scope", scope="read write", resource_metadata="${at}/.well-known/oauth-protected-resource/mcp"`,
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const at = `http://127.0.0.1:${server.address().port}`;

async function callWith(Library, Transport) {
  let asked = 'nothing';
  refreshes = 0;
  const client = new Library({ name: 'client', version: '1' });
  let tokens = { access_token: 'narrow', token_type: 'Bearer', expires_in: 3600, scope: 'read', refresh_token: 'first', issuer: at };
  await client.connect(new Transport(new URL(`${at}/mcp`), { authProvider: {
    redirectUrl: 'http://127.0.0.1:1/callback',
    clientMetadata: { redirect_uris: ['http://127.0.0.1:1/callback'], token_endpoint_auth_method: 'none' },
    clientInformation: () => ({ client_id: 'client', issuer: at }),
    tokens: () => tokens,
    saveTokens: (saved) => { tokens = saved; },
    redirectToAuthorization: (url) => { asked = url.searchParams.get('scope'); },
    saveCodeVerifier: () => undefined,
    codeVerifier: () => 'verifier',
  } }));
  const outcome = await client.callTool({ name: 'change', arguments: {} }).then(() => 'works', ({ message }) => message);
  await client.close();
  return `refreshes ${refreshes}, asks for ${asked}: ${outcome}`;
}

const first = await callWith(Client, StreamableHTTPClientTransport);
const later = await callWith(second.Client, second.StreamableHTTPClientTransport);
console.log(`sdk 1.32.2: ${first}\nclient 2.4.0: ${later}`);
server.close();
server.closeAllConnections();
process.exitCode =
  first === 'refreshes 1, asks for nothing: Streamable HTTP error: Server returned 403 after trying upscoping' &&
  later === 'refreshes 0, asks for read write: Unauthorized' ? 0 : 1;
JS
node see.mjs
