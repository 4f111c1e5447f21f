import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  inputRequired,
  McpServer,
} from '@modelcontextprotocol/server';
import { createClient, SymbolonError } from '@symbolon/client';
import { mcpAuth } from '@symbolon/client/mcp';
import express from 'express';

// An MCP server of your own. Symbolon signs people in for it, and lends it their GitHub account for one call at a time.

const { ISSUER, RESOURCE, CLIENT_ID, CLIENT_SECRET } = process.env;

const auth = mcpAuth({
  issuer: ISSUER,
  resource: RESOURCE,
  required: ['profile:read'],
  name: 'GitHub profile',
});
// One for all callers: each has a part of the cache by the access token.
const symbolon = createClient({
  issuer: ISSUER,
  credentials: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
});

/** A server for one request, as the SDK wants it. */
function build() {
  const server = new McpServer({ name: 'github-profile', version: '1.0.0' });
  server.registerTool(
    'github_profile',
    {
      title: 'GitHub profile',
      description:
        'Returns the login, the name and the number of public repositories of the person at GitHub',
      annotations: { readOnlyHint: true },
    },
    (context) => profileOf(context),
  );
  return server;
}

async function profileOf(context) {
  try {
    // The caller's token was issued for this server. The library exchanges it for one of five minutes.
    const caller = symbolon.onBehalfOf(context.http.authInfo.token);
    const answer = await caller.proxy('github', '/user', { headers: { accept: 'application/json' } });
    if (!answer.ok) return failure(`GitHub answered ${answer.status}.`);
    const { login, name, public_repos: repositories } = await answer.json();
    const profile = { login, name, repositories };
    return { content: [{ type: 'text', text: JSON.stringify(profile) }], structuredContent: profile };
  } catch (error) {
    if (!(error instanceof SymbolonError)) throw error;
    const { problem } = error;
    const url = problem.connectUrl ?? problem.reauthorizeUrl;
    if (url !== undefined) return askToConnect(context, url);
    return failure(`The account cannot be used now: ${problem.code}.`);
  }
}

/** Hands the link on: by the client itself where it can show one, and otherwise within the answer. */
function askToConnect({ mcpReq }, url) {
  const { action } = mcpReq.inputResponses?.connect ?? {};
  if (action === 'decline' || action === 'cancel') return failure('The person did not connect GitHub.');
  const message = 'Let this server use your GitHub account.';
  const capabilities = mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY];
  if (capabilities?.elicitation?.url)
    return inputRequired({ inputRequests: { connect: inputRequired.elicitUrl({ message, url }) } });
  return {
    content: [{ type: 'text', text: `Ask the person to open this link, and call again afterwards: ${url}` }],
    structuredContent: { status: 'connection_required', connect_url: url },
  };
}

function failure(text) {
  return { content: [{ type: 'text', text }], isError: true };
}

const app = express();
app.use(auth.serveMetadata());
const handler = toNodeHandler(createMcpHandler(build));
const { pathname, port } = new URL(RESOURCE);
app.all(pathname, auth.requireToken(), express.json(), (request, response) =>
  handler(request, response, request.body),
);
app.listen(Number(port || 4100), () => console.log(`listening at ${RESOURCE}`));
