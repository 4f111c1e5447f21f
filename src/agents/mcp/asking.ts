import { inputRequired, UrlElicitationRequiredError } from '@modelcontextprotocol/server';
import { newSecret } from '../../kit/ids.ts';
import type { RequestStates } from './request-state.ts';
import type { ToolAnswer, ToolCall } from './tools/tool.ts';

/** A page of ours that the person has to open. */
export interface Question {
  readonly url: string;
  /** A sentence of ours. */
  readonly message: string;
  /** What the second round is recognised by: a ticket, or the id of an approval. */
  readonly ticket: string;
  /** The answer for a client that cannot show a link by itself. */
  readonly otherwise: ToolAnswer;
}

/** The name of the one question that this server asks by `input_required`. */
const name = 'open';

/**
 * Asks the person to open a page, in the way that this client can show a link. A client that declared no way gets the link in
 * an ordinary answer, since hosts show a link there and hide an error (MCP 2026-07-28 forbids to ask for what is not declared).
 */
export async function askByLink(
  states: RequestStates,
  { client, context }: ToolCall,
  { url, message, ticket, otherwise }: Question,
): Promise<ToolAnswer> {
  if (client.urls === 'error')
    throw new UrlElicitationRequiredError([{ mode: 'url', elicitationId: newSecret(), url, message }]);
  if (client.urls !== 'input-required') return otherwise;
  return inputRequired({
    inputRequests: { [name]: inputRequired.elicitUrl({ message, url }) },
    requestState: await states.mint({ ticket }, context),
  });
}

/** Returns whether the person has declined in the client. Its `accept` says that the link was opened, and no more. */
export function hasDeclined({ context }: ToolCall): boolean {
  const response = context.mcpReq.inputResponses?.[name];
  const { action } = (response ?? {}) as { readonly action?: unknown };
  return action === 'decline' || action === 'cancel';
}
