import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** A client of the protocol, as its own documentation uses it. */
export interface McpClient {
  readonly name: string;
  /** The packages that it needs, with their versions. */
  readonly packages: readonly string[];
  open(at: Place): Promise<OpenClient>;
}

export interface Place {
  readonly url: string;
  readonly token: string;
  /** The folder in which its packages are installed. */
  readonly folder: string;
}

export interface OpenClient {
  /** Returns the names of the tools. */
  list(): Promise<readonly string[]>;
  /** Calls a tool, and returns all that the client makes of the answer. */
  call(tool: string, args: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Loads a package from the folder. Its types are unknown here, since it is no dependency. */
async function load<Shape>({ folder }: Place, name: string): Promise<Shape> {
  const { resolve } = createRequire(path.join(folder, 'package.json'));
  return (await import(pathToFileURL(resolve(name)).href)) as Shape;
}

type Make<Given, Made> = new (given: Given) => Made;
const headersOf = ({ token }: Place) => ({ Authorization: `Bearer ${token}` });
const textOf = (answer: unknown) => JSON.stringify(answer);

interface NamedTool {
  readonly name: string;
}
interface Executable {
  execute?(args: object, options: object): Promise<unknown>;
}

export const clients: readonly McpClient[] = [
  {
    name: 'the library of the first version',
    packages: ['@modelcontextprotocol/sdk@1.32.2'],
    async open(at) {
      interface Connected {
        connect(transport: unknown): Promise<void>;
        listTools(): Promise<{ readonly tools: readonly NamedTool[] }>;
        callTool(call: object): Promise<unknown>;
        close(): Promise<void>;
      }
      const { Client } = await load<{ Client: Make<object, Connected> }>(
        at,
        '@modelcontextprotocol/sdk/client/index.js',
      );
      const { StreamableHTTPClientTransport } = await load<{
        StreamableHTTPClientTransport: new (url: URL, options: object) => unknown;
      }>(at, '@modelcontextprotocol/sdk/client/streamableHttp.js');
      const client = new Client({ name: 'walk', version: '1' });
      const requestInit = { headers: headersOf(at) };
      await client.connect(new StreamableHTTPClientTransport(new URL(at.url), { requestInit }));
      return {
        list: async () => (await client.listTools()).tools.map(({ name }) => name),
        call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
        close: () => client.close(),
      };
    },
  },
  {
    name: 'Inspector, from the command line',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    async open(at) {
      const { resolve } = createRequire(path.join(at.folder, 'package.json'));
      const root = path.dirname(resolve('@modelcontextprotocol/inspector/package.json'));
      const bin = path.join(at.folder, 'node_modules/.bin/mcp-inspector');
      const inspect = async (...args: readonly string[]) => {
        const header = `Authorization: Bearer ${at.token}`;
        const all = [bin, '--cli', at.url, '--transport', 'http', '--header', header, ...args];
        const { stdout } = await run(process.execPath, all, { cwd: root, timeout: 60_000 });
        return stdout;
      };
      return {
        async list() {
          const { tools } = JSON.parse(await inspect('--method', 'tools/list')) as { tools: NamedTool[] };
          return tools.map(({ name }) => name);
        },
        call: (tool, args) => {
          const given = Object.entries(args).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
          return inspect('--method', 'tools/call', '--tool-name', tool, ...given);
        },
        close: async () => undefined,
      };
    },
  },
  {
    name: 'AI SDK',
    packages: ['@ai-sdk/mcp@2.0.99'],
    async open(at) {
      interface Connected {
        tools(): Promise<Readonly<Record<string, Executable>>>;
        close(): Promise<void>;
      }
      const { createMCPClient } = await load<{ createMCPClient(given: object): Promise<Connected> }>(
        at,
        '@ai-sdk/mcp',
      );
      const client = await createMCPClient({
        transport: { type: 'http', url: at.url, headers: headersOf(at) },
      });
      const tools = await client.tools();
      return {
        list: async () => Object.keys(tools),
        call: async (tool, args) =>
          textOf(await tools[tool]?.execute?.(args, { toolCallId: '1', messages: [] })),
        close: () => client.close(),
      };
    },
  },
  {
    name: 'LangChain',
    packages: ['@langchain/mcp-adapters@1.1.4', '@langchain/core@1'],
    async open(at) {
      interface Connected {
        getTools(): Promise<readonly (NamedTool & { invoke(args: object): Promise<unknown> })[]>;
        close(): Promise<void>;
      }
      const { MultiServerMCPClient } = await load<{ MultiServerMCPClient: Make<object, Connected> }>(
        at,
        '@langchain/mcp-adapters',
      );
      const server = { transport: 'http', url: at.url, headers: headersOf(at) };
      const client = new MultiServerMCPClient({ mcpServers: { accounts: server } });
      const tools = await client.getTools();
      return {
        list: async () => tools.map(({ name }) => name),
        call: async (tool, args) => textOf(await tools.find(({ name }) => name === tool)?.invoke(args)),
        close: () => client.close(),
      };
    },
  },
  {
    name: 'OpenAI Agents',
    packages: ['@openai/agents@0.20.0'],
    async open(at) {
      interface Connected {
        connect(): Promise<void>;
        listTools(): Promise<readonly NamedTool[]>;
        callTool(tool: string, args: object): Promise<unknown>;
        close(): Promise<void>;
      }
      const { MCPServerStreamableHttp } = await load<{ MCPServerStreamableHttp: Make<object, Connected> }>(
        at,
        '@openai/agents',
      );
      const server = new MCPServerStreamableHttp({
        url: at.url,
        name: 'accounts',
        requestInit: { headers: headersOf(at) },
      });
      await server.connect();
      return {
        list: async () => (await server.listTools()).map(({ name }) => name),
        call: async (tool, args) => textOf(await server.callTool(tool, args)),
        close: () => server.close(),
      };
    },
  },
  {
    name: 'Mastra',
    packages: ['@mastra/mcp@2.0.0', '@mastra/core@1'],
    async open(at) {
      interface Connected {
        listTools(): Promise<Readonly<Record<string, Executable>>>;
        disconnect(): Promise<void>;
      }
      const { MCPClient } = await load<{ MCPClient: Make<object, Connected> }>(at, '@mastra/mcp');
      const server = { url: new URL(at.url), requestInit: { headers: headersOf(at) } };
      const client = new MCPClient({ servers: { accounts: server } });
      const tools = await client.listTools();
      return {
        list: async () => Object.keys(tools).map((name) => name.replace(/^accounts_/, '')),
        call: async (tool, args) => textOf(await tools[`accounts_${tool}`]?.execute?.(args, {})),
        close: () => client.disconnect(),
      };
    },
  },
];
