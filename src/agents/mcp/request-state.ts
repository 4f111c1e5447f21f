import { createHash } from 'node:crypto';
import {
  createRequestStateCodec,
  ProtocolError,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** The state that a client carries between the two rounds of a tool call. It is signed and not secret. */
export interface RequestState {
  readonly tool: string;
  /** A digest of the arguments. */
  readonly digest: string;
  /** The ticket of the connect request, which the client has in its link too. */
  readonly ticket: string;
}

export interface RequestStates {
  mint(state: RequestState, context: ServerContext): Promise<string>;
  /** @throws Error for a state that is forged, has expired, or is of another person or client */
  verify(state: string, context: ServerContext): Promise<RequestState>;
}

const shape = z.object({ tool: z.string(), digest: z.string(), ticket: z.string() });

/** `keys`: the current key first. A state that a former key has signed counts until it expires. */
export function createRequestStates(keys: () => readonly Buffer[]): RequestStates {
  const codecOf = (key: Buffer): RequestStateCodec<RequestState> =>
    createRequestStateCodec<RequestState>({
      key: new Uint8Array(key),
      ttlSeconds: 600,
      bind: ({ mcpReq, http }) =>
        JSON.stringify([mcpReq.method, http?.authInfo?.extra?.sub, http?.authInfo?.clientId]),
    });
  const codecs = () => keys().map(codecOf);

  return {
    async mint(state, context) {
      const [codec] = codecs();
      if (!codec) throw new Error('there is no key');
      return await codec.mint(state, context);
    },
    async verify(state, context) {
      const found = await Promise.allSettled(codecs().map((codec) => codec.verify(state, context)));
      const good = found.find((one) => one.status === 'fulfilled');
      if (!good) throw new Error('the state is not ours');
      return shape.parse(good.value);
    },
  };
}

/** Returns the state of this call's earlier round. @throws ProtocolError for the state of another call */
export function stateFor({ context, tool, digest }: ThisCall): RequestState | undefined {
  const state = context.mcpReq.requestState<RequestState>();
  if (state === undefined) return undefined;
  if (state.tool === tool && state.digest === digest) return state;
  throw new ProtocolError(-32602, 'Invalid or expired requestState', { reason: 'invalid_request_state' });
}

interface ThisCall extends Pick<RequestState, 'tool' | 'digest'> {
  readonly context: ServerContext;
}

export function digestOf(args: unknown): string {
  return createHash('sha256').update(JSON.stringify(args)).digest('base64url');
}
