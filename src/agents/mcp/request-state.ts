import { createHash } from 'node:crypto';
import {
  createRequestStateCodec,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** The state that a client carries between the two rounds of a tool call. It is signed and not secret. */
export interface RequestState {
  /** The ticket of the connect request or the id of the approval, which the client has in its link too. */
  readonly ticket: string;
}

export interface RequestStates {
  mint(state: RequestState, context: ServerContext): Promise<string>;
  /** @throws Error for a state that is forged, has expired, or is of another person, client, tool or arguments */
  verify(state: string, context: ServerContext): Promise<RequestState>;
}

const shape = z.object({ ticket: z.string() });

/** `keys`: the current key first. A state that a former key has signed counts until it expires. */
export function createRequestStates(keys: () => readonly Buffer[]): RequestStates {
  const codecOf = (key: Buffer): RequestStateCodec<RequestState> =>
    createRequestStateCodec<RequestState>({
      key: new Uint8Array(key),
      ttlSeconds: 600,
      bind({ mcpReq, http }) {
        const { clientId, extra } = http?.authInfo ?? {};
        return JSON.stringify([mcpReq.method, extra?.sub, clientId, extra?.call]);
      },
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

const toolCall = z.object({
  params: z.object({ name: z.unknown(), arguments: z.unknown() }).partial(),
});

/** Returns a digest of the tool and the arguments that a message names. */
export function digestOf(message: unknown): string {
  const { name, arguments: given } = toolCall.safeParse(message).data?.params ?? {};
  return createHash('sha256')
    .update(JSON.stringify([name, given]))
    .digest('base64url');
}
