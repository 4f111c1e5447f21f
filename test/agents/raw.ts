import { rawCall } from '../retrieval/proxy-stage.ts';
import type { World } from '../support/world.ts';

const revision = '2026-07-28';

export interface RawTool {
  readonly name?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  /** Further members of the parameters. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** The capability to show a link. */
  readonly urls?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
  readonly to?: string;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly error: { readonly code: number; readonly data?: unknown } | undefined;
  readonly result: Readonly<Record<string, unknown>>;
  readonly structured: Readonly<Record<string, unknown>>;
}

/** Calls a tool as a client of the newest revision writes it, or wrongly. */
export async function rawTool(
  world: World,
  token: string | undefined,
  tool: RawTool = {},
): Promise<RawReply> {
  const { name = 'list_accounts', args = {}, params = {}, urls = true, method = 'POST', to = '/mcp' } = tool;
  const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientCapabilities': urls ? { elicitation: { url: {} } } : {},
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  };
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: meta, ...params },
  };
  const { status, headers, text } = await rawCall(world.issuer, to, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      'mcp-method': 'tools/call',
      'mcp-name': name,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...tool.headers,
    },
    ...(method === 'POST' && { body: tool.body ?? JSON.stringify(message) }),
  });
  const json = text.startsWith('{') ? JSON.parse(text) : {};
  const { error, result = {} } = json;
  return { status, headers, text, error, result, structured: result.structuredContent ?? {} };
}
