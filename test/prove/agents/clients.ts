import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../support/world.ts';
import { memoryProvider } from './memory-provider.ts';

/** A client of the protocol, as its own documentation uses it, with its own OAuth. */
export interface McpClient {
  readonly name: string;
  /** The packages that it needs, with their versions. The first is its own. */
  readonly packages: readonly string[];
  open(at: Place): Promise<OpenClient>;
}

export interface Place {
  readonly url: string;
  /** The folder in which its packages are installed. */
  readonly folder: string;
  /** A folder of its own for what it stores. */
  readonly home: string;
  /** Publishes a metadata document of the client, and returns its address. */
  document(redirectUris: readonly string[]): string;
  /** The person signs in at the address and agrees. Returns the callback, which the browser opens unless it is `redirectUrl`. */
  signIn(address: string): Promise<URL>;
}

export interface OpenClient {
  /** Returns the names of the tools. */
  list(): Promise<readonly string[]>;
  /** Calls a tool, and returns all that the client makes of the answer. */
  call(tool: string, args: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** Loads a package from the folder. Its types are unknown here, since it is no dependency. */
async function load<Shape>({ folder }: Pick<Place, 'folder'>, name: string): Promise<Shape> {
  const { resolve } = createRequire(path.join(folder, 'package.json'));
  return (await import(pathToFileURL(resolve(name)).href)) as Shape;
}

type Make<Given extends readonly unknown[], Made> = new (...given: Given) => Made;
const textOf = (answer: unknown) => JSON.stringify(answer);

interface NamedTool {
  readonly name: string;
}
interface Executable {
  execute?(args: object, options: object): Promise<unknown>;
}
interface Official {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<{ readonly tools: readonly NamedTool[] }>;
  callTool(call: object): Promise<unknown>;
  close(): Promise<void>;
}
interface OfficialTransport {
  finishAuth(answer: unknown): Promise<void>;
}
/** The function of the official libraries by which an application signs a person in without a transport. */
type Auth = (provider: unknown, options: object) => Promise<unknown>;

/** The callback of clients that leave it to the application. */
export const redirectUrl = 'http://127.0.0.1:6274/oauth/callback';

/** Connects, and again after the person has signed in. */
async function connect(
  at: Place,
  connectOnce: () => Promise<void>,
  provider: { address(): string },
  finish: (answer: URLSearchParams) => Promise<unknown>,
): Promise<void> {
  const refused = await connectOnce().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (provider.address() === '') throw refused ?? new Error('it asks for no sign-in');
  const { searchParams } = await at.signIn(provider.address());
  await finish(searchParams);
  await connectOnce();
}

const official = ({ listTools, callTool, close }: Official) => ({
  list: async () => (await listTools()).tools.map(({ name }) => name),
  call: async (name: string, args: object) => textOf(await callTool({ name, arguments: args })),
  close,
});

const bound = (client: Official) =>
  official({
    connect: (transport) => client.connect(transport),
    listTools: () => client.listTools(),
    callTool: (call) => client.callTool(call),
    close: () => client.close(),
  });

const secondVersion = '@modelcontextprotocol/client@2.4.0';

async function openSecondVersion(at: Place, mode: 'auto' | 'legacy', document?: string): Promise<OpenClient> {
  const { Client, StreamableHTTPClientTransport } = await load<{
    Client: Make<[object, object], Official>;
    StreamableHTTPClientTransport: Make<[URL, object], OfficialTransport>;
  }>(at, '@modelcontextprotocol/client');
  const authProvider = memoryProvider({ redirectUrl, ...(document !== undefined && { document }) });
  const client = new Client({ name: 'walk', version: '1' }, { versionNegotiation: { mode } });
  let transport: OfficialTransport | undefined;
  const once = async () => {
    transport = new StreamableHTTPClientTransport(new URL(at.url), { authProvider });
    await client.connect(transport);
  };
  await connect(at, once, authProvider, async (answer) => await transport?.finishAuth(answer));
  return bound(client);
}

export const clients: readonly McpClient[] = [
  {
    name: 'official library, `auto`',
    packages: [secondVersion],
    open: async (at) => await openSecondVersion(at, 'auto', at.document([redirectUrl])),
  },
  {
    name: 'official library, default mode',
    packages: [secondVersion],
    open: async (at) => await openSecondVersion(at, 'legacy'),
  },
  {
    name: 'official library, first version',
    packages: ['@modelcontextprotocol/sdk@1.32.2'],
    async open(at) {
      const { Client } = await load<{ Client: Make<[object], Official> }>(
        at,
        '@modelcontextprotocol/sdk/client/index.js',
      );
      const { StreamableHTTPClientTransport } = await load<{
        StreamableHTTPClientTransport: Make<[URL, object], OfficialTransport>;
      }>(at, '@modelcontextprotocol/sdk/client/streamableHttp.js');
      const authProvider = memoryProvider({ redirectUrl });
      let client = new Client({ name: 'walk', version: '1' });
      let transport: OfficialTransport | undefined;
      const once = async () => {
        client = new Client({ name: 'walk', version: '1' });
        transport = new StreamableHTTPClientTransport(new URL(at.url), { authProvider });
        await client.connect(transport);
      };
      await connect(
        at,
        once,
        authProvider,
        async (answer) => await transport?.finishAuth(answer.get('code')),
      );
      return bound(client);
    },
  },
  {
    name: 'bridge for desktop hosts',
    packages: ['mcp-remote@0.15.1', secondVersion],
    async open(at) {
      const { Client } = await load<{ Client: Make<[object], Official> }>(at, '@modelcontextprotocol/client');
      const { StdioClientTransport } = await load<{
        StdioClientTransport: Make<[object], { readonly stderr: Readable }>;
      }>(at, '@modelcontextprotocol/client/stdio');
      const bridge = path.join(at.folder, 'node_modules/mcp-remote/dist/proxy.js');
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [bridge, at.url, String(await freePort()), '--host', '127.0.0.1'],
        // No browser is found there. The bridge also writes the address to its log.
        env: { PATH: '', MCP_REMOTE_CONFIG_DIR: at.home },
        stderr: 'pipe',
      });
      const client = new Client({ name: 'host', version: '1' });
      const address = addressIn(transport.stderr);
      const ready = client.connect(transport);
      await at.signIn(await address);
      await ready;
      return bound(client);
    },
  },
  {
    name: 'Inspector, from the command line',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    async open(at) {
      const cli = path.join(
        at.folder,
        'node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js',
      );
      const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
      const document = at.document([callback]);
      const inspect = async (...args: readonly string[]) => {
        const how = ['--transport', 'http', '--protocol-era', 'auto'];
        const oauth = ['--client-metadata-url', document, '--callback-url', callback];
        const child = spawn(process.execPath, [cli, '--server-url', at.url, ...how, ...oauth, ...args], {
          cwd: at.home,
          // It starts no browser from an empty path, and writes the address to its log.
          env: {
            PATH: '',
            HOME: at.home,
            MCP_AUTO_OPEN_ENABLED: 'true',
            MCP_STORAGE_DIR: at.home,
            MCP_INSPECTOR_SECRET_STORE: 'file',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const ended = new Promise((resolve) => child.once('close', resolve));
        const signedIn = addressIn(child.stderr).then(
          (address) => at.signIn(address),
          () => undefined,
        );
        let text = '';
        for await (const chunk of child.stdout) text += String(chunk);
        await Promise.all([ended, signedIn]);
        if (child.exitCode !== 0) throw new Error(`it ends with ${child.exitCode}: ${text.slice(0, 300)}`);
        return text;
      };
      return {
        async list() {
          const { tools } = JSON.parse(await inspect('--method', 'tools/list')) as { tools: NamedTool[] };
          return tools.map(({ name }) => name);
        },
        call: (tool, args) =>
          inspect('--method', 'tools/call', '--tool-name', tool, '--tool-args-json', textOf(args)),
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
      const { createMCPClient, auth } = await load<{
        createMCPClient(given: object): Promise<Connected>;
        auth: Auth;
      }>(at, '@ai-sdk/mcp');
      const authProvider = memoryProvider({ redirectUrl });
      let client: Connected | undefined;
      const once = async () => {
        client = await createMCPClient({ transport: { type: 'http', url: at.url, authProvider } });
      };
      await connect(at, once, authProvider, (answer) =>
        auth(authProvider, {
          serverUrl: at.url,
          authorizationCode: answer.get('code'),
          callbackState: answer.get('state'),
          callbackIssuer: answer.get('iss'),
        }),
      );
      const tools = (await client?.tools()) ?? {};
      return {
        list: async () => Object.keys(tools),
        call: async (tool, args) =>
          textOf(await tools[tool]?.execute?.(args, { toolCallId: '1', messages: [] })),
        close: async () => await client?.close(),
      };
    },
  },
  {
    name: 'LangChain',
    packages: [
      '@langchain/mcp-adapters@1.1.4',
      '@langchain/core@1',
      '@langchain/langgraph@1',
      '@modelcontextprotocol/sdk@1.32.2',
    ],
    async open(at) {
      type Tool = NamedTool & { invoke(args: object): Promise<unknown> };
      interface Connected {
        getTools(): Promise<readonly Tool[]>;
        close(): Promise<void>;
      }
      const { MultiServerMCPClient } = await load<{ MultiServerMCPClient: Make<[object], Connected> }>(
        at,
        '@langchain/mcp-adapters',
      );
      const { auth } = await load<{ auth: Auth }>(at, '@modelcontextprotocol/sdk/client/auth.js');
      const authProvider = memoryProvider({ redirectUrl, document: at.document([redirectUrl]) });
      const server = { transport: 'http', url: at.url, authProvider };
      let client: Connected | undefined;
      let tools: readonly Tool[] = [];
      const once = async () => {
        client = new MultiServerMCPClient({ mcpServers: { accounts: server } });
        tools = await client.getTools();
      };
      await connect(at, once, authProvider, (answer) =>
        auth(authProvider, { serverUrl: at.url, authorizationCode: answer.get('code') }),
      );
      return {
        list: async () => tools.map(({ name }) => name),
        call: async (tool, args) => textOf(await tools.find(({ name }) => name === tool)?.invoke(args)),
        close: async () => await client?.close(),
      };
    },
  },
  {
    name: 'OpenAI Agents',
    packages: ['@openai/agents@0.20.0', secondVersion],
    async open(at) {
      interface Connected {
        connect(): Promise<void>;
        listTools(): Promise<readonly NamedTool[]>;
        callTool(tool: string, args: object): Promise<unknown>;
        close(): Promise<void>;
      }
      const { MCPServerStreamableHttp } = await load<{ MCPServerStreamableHttp: Make<[object], Connected> }>(
        at,
        '@openai/agents',
      );
      // It hands the provider to the official library, which is its own dependency.
      const { auth } = await load<{ auth: Auth }>(at, '@modelcontextprotocol/client');
      const authProvider = memoryProvider({ redirectUrl, document: at.document([redirectUrl]) });
      const server = new MCPServerStreamableHttp({ url: at.url, name: 'accounts', authProvider });
      await connect(
        at,
        () => server.connect(),
        authProvider,
        (answer) =>
          auth(authProvider, {
            serverUrl: at.url,
            authorizationCode: answer.get('code'),
            iss: answer.get('iss'),
          }),
      );
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
        authenticate(server: string): Promise<void>;
        listTools(): Promise<Readonly<Record<string, Executable>>>;
        disconnect(): Promise<void>;
      }
      const { MCPClient, MCPOAuthClientProvider } = await load<{
        MCPClient: Make<[object], Connected>;
        MCPOAuthClientProvider: Make<[object], unknown>;
      }>(at, '@mastra/mcp');
      // Its own provider listens at the callback.
      const own = `http://127.0.0.1:${await freePort()}/oauth/callback`;
      let signedIn: Promise<unknown> = Promise.resolve();
      const authProvider = new MCPOAuthClientProvider({
        redirectUrl: own,
        clientMetadataUrl: at.document([own]),
        clientMetadata: {
          redirect_uris: [own],
          client_name: 'Walk',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        },
        onRedirectToAuthorization(url: URL) {
          signedIn = at.signIn(url.href);
        },
      });
      const client = new MCPClient({ servers: { accounts: { url: new URL(at.url), authProvider } } });
      await client.authenticate('accounts');
      await signedIn;
      const tools = await client.listTools();
      return {
        list: async () => Object.keys(tools).map((name) => name.replace(/^accounts_/, '')),
        call: async (tool, args) => textOf(await tools[`accounts_${tool}`]?.execute?.(args, {})),
        close: () => client.disconnect(),
      };
    },
  },
];

/** Returns the address at which a program asks the person to sign in. It reads the log to its end, as the program expects. */
async function addressIn(log: Readable): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    log.on('data', (chunk) => {
      text += String(chunk);
      const [, found] = /(http:\/\/localhost:\d+\/authorize\?\S+)\s/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    log.once('end', () => reject(new Error(`the program has ended: ${text.slice(-600)}`)));
  });
}
