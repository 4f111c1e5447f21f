import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  createMcpHandler,
  fromJsonSchema,
  type GetPromptResult,
  type InputRequests,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import express from 'express';
import { z } from 'zod';
import { usualLimits } from '../../src/agents/limits.ts';
import { createLegacySessions } from '../../src/agents/mcp/legacy-session.ts';
import { createRequestStates, type RequestStates } from '../../src/agents/mcp/request-state.ts';
import { mcpRoutes } from '../../src/agents/mcp/routes.ts';
import { errorHandler } from '../../src/http/errors.ts';
import { createLog } from '../../src/kit/log.ts';
import { listen } from '../../src/kit/server.ts';
import { atEnd } from '../support/at-end.ts';
import type { World } from '../support/world.ts';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const silence = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const image = { type: 'image', data: pixel, mimeType: 'image/png' } as const;
const text = (words: string) => ({ type: 'text' as const, text: words });
const embedded = (uri: string, mimeType: string, words: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text: words },
});
const ask = (message: string, field: string, type: 'string' | 'boolean' = 'string') =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [field]: type === 'string' ? { type } : { type } },
      required: [field],
    },
  });
const sample = (words: string) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(words) }], maxTokens: 100 });

/** Serves the suite's own tools through the door of the agents' API, with its tokens, limits and states. */
export async function serveFixtures(world: World): Promise<number> {
  const { issuer } = world;
  const keys = [randomBytes(32)];
  const states = createRequestStates(() => keys);
  const log = createLog('silent');
  const app = express();
  app.use(
    mcpRoutes({
      issuer,
      resource: `${issuer}/mcp`,
      handler: createMcpHandler(() => fixtures(states)),
      sessions: createLegacySessions(() => keys),
      verifyAccessToken: world.broker.issuance.verifyAccessToken,
      hasPagesAt: async () => false,
      limits: usualLimits,
      readiness: world.broker.readiness,
      log,
    }),
  );
  app.use(errorHandler(log, () => 'problem'));
  const listener = await listen(app, 0, '127.0.0.1');
  atEnd(async () => await listener.close());
  return listener.port;
}

function fixtures(states: RequestStates): McpServer {
  const hint = { ttlMs: 1_000, cacheScope: 'private' } as const;
  const server = new McpServer(
    { name: 'fixtures', version: '1.0.0' },
    {
      capabilities: { logging: {} },
      requestState: { verify: states.verify },
      inputRequired: { legacyShim: false },
      cacheHints: {
        'tools/list': hint,
        'prompts/list': hint,
        'resources/list': hint,
        'resources/templates/list': hint,
        'resources/read': hint,
        'server/discover': hint,
      },
    },
  );
  addTools(server);
  addQuestions(server, states);
  addPrompts(server);
  addResources(server);
  return server;
}

function addTools(server: McpServer) {
  const answers = {
    test_simple_text: [text('This is a simple text response for testing.')],
    test_image_content: [image],
    test_audio_content: [{ type: 'audio' as const, data: silence, mimeType: 'audio/wav' }],
    test_embedded_resource: [embedded('test://embedded-resource', 'text/plain', 'An embedded resource.')],
    test_multiple_content_types: [
      text('Multiple content types test:'),
      image,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  };
  for (const [name, content] of Object.entries(answers))
    server.registerTool(name, { description: 'Answers with content' }, () => ({ content }));
  server.registerTool('test_error_handling', { description: 'Fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  server.registerTool('test_tool_with_progress', { description: 'Reports progress' }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      for (const progress of [0, 50, 100])
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        });
    return { content: [text('done')] };
  });
  for (const name of ['test_logging_tool', 'test_tool_with_logging'])
    server.registerTool(name, { description: 'Logs' }, async ({ mcpReq }) => {
      for (const step of ['started', 'processing', 'completed']) await mcpReq.log('info', `Tool ${step}`);
      return { content: [text('done')] };
    });
  const schema = fromJsonSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  });
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Has many keywords', inputSchema: schema },
    () => ({ content: [text('done')] }),
  );
}

const capabilities = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({ sampling: z.unknown(), elicitation: z.unknown() }).partial(),
});
const given = (context: ServerContext, key: string) => inputResponse(context.mcpReq.inputResponses, key);

function addQuestions(server: McpServer, states: RequestStates) {
  /** Asks until each question has an answer, with a signed state if the suite expects one. */
  const asking = (name: string, questions: InputRequests, stated: boolean, words = 'state-ok') =>
    server.registerTool(name, { description: 'Asks first' }, async (context) => {
      if (Object.keys(questions).every((key) => given(context, key).kind !== 'missing'))
        return { content: [text(`${words} ${JSON.stringify(context.mcpReq.inputResponses)}`)] };
      const requestState = stated ? await states.mint({ ticket: name }, context) : undefined;
      return inputRequired({ inputRequests: questions, ...(requestState && { requestState }) });
    });
  const person = ask('Your name, please?', 'name');
  const roots = inputRequired.listRoots();
  server.registerTool(
    'test_input_required_result_elicitation',
    { description: 'Asks for a name' },
    ({ mcpReq }) => {
      const named = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
      if (named) return { content: [text(`Hello, ${named.name}!`)] };
      return inputRequired({ inputRequests: { user_name: person } });
    },
  );
  asking(
    'test_input_required_result_sampling',
    { capital_question: sample('The capital of France?') },
    false,
  );
  asking('test_input_required_result_list_roots', { client_roots: roots }, false);
  asking(
    'test_input_required_result_request_state',
    { confirm: ask('Please confirm', 'ok', 'boolean') },
    true,
  );
  asking(
    'test_input_required_result_tampered_state',
    { confirm: ask('Please confirm', 'ok', 'boolean') },
    true,
  );
  asking(
    'test_input_required_result_multiple_inputs',
    { user_name: person, greeting: sample('Generate a greeting'), client_roots: roots },
    true,
  );
  asking('test_missing_capability', { question: sample('A word') }, false);
  asking('test_streaming_elicitation', { user_name: person }, false);
  server.registerTool(
    'test_input_required_result_multi_round',
    { description: 'Asks twice' },
    async (context) => {
      const state = context.mcpReq.requestState<{ ticket: string }>()?.ticket;
      if (state === 'second' && given(context, 'step2').kind === 'elicit') return { content: [text('done')] };
      const [key, question, ticket] =
        state === 'first' && given(context, 'step1').kind === 'elicit'
          ? ['step2', ask('Step 2: a colour?', 'color'), 'second']
          : ['step1', ask('Step 1: a name?', 'name'), 'first'];
      return inputRequired({
        inputRequests: { [key as string]: question as typeof person },
        requestState: await states.mint({ ticket: ticket as string }, context),
      });
    },
  );
  server.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks what the client can answer' },
    ({ mcpReq }) => {
      const can = capabilities.parse(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY];
      return inputRequired({
        inputRequests: {
          ...(can.sampling !== undefined && { question: sample('A word') }),
          ...(can.elicitation !== undefined && { user_name: person }),
        },
      });
    },
  );
}

function addPrompts(server: McpServer) {
  const says = (...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult => ({
    messages: contents.map((content) => ({ role: 'user', content })),
  });
  const description = 'A prompt of the suite';
  server.registerPrompt('test_simple_prompt', { description }, () =>
    says(text('This is a simple prompt for testing.')),
  );
  const arg1 = completable(z.string(), (begun) =>
    ['paris', 'park', 'party'].filter((one) => one.startsWith(begun)),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description, argsSchema: z.object({ arg1, arg2: z.string() }) },
    (args) => says(text(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`)),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description, argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) =>
      says(
        embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
        text('Please process the embedded resource above.'),
      ),
  );
  server.registerPrompt('test_prompt_with_image', { description }, () =>
    says(image, text('Please analyze the image above.')),
  );
  server.registerPrompt('test_input_required_result_prompt', { description }, (context) =>
    given(context, 'user_context').kind === 'elicit'
      ? says(text('With context.'))
      : inputRequired({ inputRequests: { user_context: ask('With which context?', 'context') } }),
  );
}

function addResources(server: McpServer) {
  const add = (name: string, content: { mimeType: string } & ({ text: string } | { blob: string })) => {
    const uri = `test://${name}`;
    const about = { description: 'A resource of the suite', mimeType: content.mimeType };
    server.registerResource(name, uri, about, () => ({ contents: [{ uri, ...content }] }));
  };
  add('static-text', { mimeType: 'text/plain', text: 'This is the content of the static text resource.' });
  add('static-binary', { mimeType: 'image/png', blob: pixel });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'A resource for each id', mimeType: 'application/json' },
    ({ href: uri }, { id }) => ({
      contents: [
        {
          uri,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
}
