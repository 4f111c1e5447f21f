import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  ToolAnnotations,
} from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { AgentToken } from '../../agent-caller.ts';

/** The scopes of the agents' API. */
export const agentScopes = {
  read: 'accounts:read',
  call: 'accounts:call',
  write: 'accounts:write',
} as const;

/** The client of one request, which was authenticated. */
export interface AgentClient {
  readonly token: AgentToken;
  /** The client can show a person a link, by the means of its revision of the protocol. */
  readonly urls: 'input-required' | 'error' | undefined;
  /** The client's own words, which nothing verifies. */
  readonly claimed: string | undefined;
}

/** The facts of one call of a tool, as far as they are known when it ends. */
export interface Caught {
  readonly tool: string;
  /** `done`, `connect`, or the code of a refusal. */
  readonly outcome: string;
  readonly connection: string;
  readonly identityId: string;
  readonly method: string;
  /** The rule of the policy that allows the call, since a path may name people. */
  readonly rule: string;
  /** The versions of the app and the API whose policy decided: `app 7, api 3`. */
  readonly policy: string;
  /** The mode of the person's permission. */
  readonly mode: string;
  /** The provider's HTTP status. */
  readonly status: number;
  /** The length of the provider's answer, as far as it was read. */
  readonly bytes: number;
  readonly approval: string;
  /** The agent's own words. */
  readonly reason: string;
  readonly traceparent: string;
}

/** One call of a tool. */
export interface ToolCall {
  readonly client: AgentClient;
  readonly context: ServerContext;
  /** Receives facts for the audit as they become known. */
  readonly note: (facts: Partial<Caught>) => void;
  /** Logs an error that the answer does not tell. */
  readonly failed: (error: unknown) => void;
}

export type ToolAnswer = CallToolResult | InputRequiredResult;

export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scopes: readonly [string, ...string[]];
  readonly annotations: ToolAnnotations;
  readonly input: Input;
  readonly output: z.ZodObject;
  /** @throws Problem */
  run(input: z.output<Input>, call: ToolCall): Promise<ToolAnswer>;
}

/** Returns the tool with the types of its input forgotten, for a list of tools. */
export function defineTool<Input extends z.ZodObject>(tool: Tool<Input>): Tool {
  return tool as unknown as Tool;
}

/** Returns an answer in both forms: some clients keep the structure alone, and some the text alone. */
export function answer(structured: Readonly<Record<string, unknown>>, lead?: string): CallToolResult {
  const json = JSON.stringify(structured);
  return {
    content: [{ type: 'text', text: lead === undefined ? json : `${lead}\n${json}` }],
    structuredContent: structured,
  };
}

/** Returns a refusal in both forms. */
export function refusal(
  code: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): CallToolResult {
  return { ...answer({ status: 'refused', code, message, ...more }, message), isError: true };
}
