import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { displayText } from '../../http/display-text.ts';
import type { AgentPair } from '../ports.ts';

/**
 * A client of the revision 2025-11-25 states its capabilities once, at `initialize`, and this server keeps no sessions. The
 * header `Mcp-Session-Id` therefore carries the facts that later requests need, signed for the person and the client.
 */
export interface LegacySessions {
  mint(pair: AgentPair, facts: LegacyFacts): string;
  /** Returns undefined for an id that this server did not make for this pair. */
  read(pair: AgentPair, id: string | undefined): LegacyFacts | undefined;
}

export interface LegacyFacts {
  /** The client can show a person a link (`elicitation.url`). */
  readonly url: boolean;
  /** The client's own words, which nothing verifies. */
  readonly claims: string;
}

const shape = z.object({ url: z.boolean(), claims: z.string() });

/** `keys`: the current key first. */
export function createLegacySessions(keys: () => readonly Buffer[]): LegacySessions {
  const sign = (key: Buffer, { userId, clientId }: AgentPair, body: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([userId, clientId, body]))
      .digest();

  return {
    mint(pair, facts) {
      const body = Buffer.from(JSON.stringify(facts)).toString('base64url');
      const [key = Buffer.alloc(0)] = keys();
      return `v1.${body}.${sign(key, pair, body).toString('base64url')}`;
    },
    read(pair, id) {
      const [, body = '', mark = ''] = /^v1\.([\w-]{1,800})\.([\w-]{43})$/.exec(id ?? '') ?? [];
      const given = Buffer.from(mark, 'base64url');
      const isOurs = keys().some((key) => {
        const expected = sign(key, pair, body);
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      if (!isOurs) return undefined;
      return shape.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))).data;
    },
  };
}

const initialize = z.object({
  method: z.literal('initialize'),
  params: z.object({
    capabilities: z.looseObject({
      elicitation: z.looseObject({ url: z.looseObject({}).optional() }).optional(),
    }),
    clientInfo: z.object({ name: z.string(), version: z.string() }).optional().catch(undefined),
  }),
});

/** Returns the facts of a request `initialize`; undefined for another request. */
export function factsOfInitialize(body: unknown): LegacyFacts | undefined {
  const { params } = initialize.safeParse(body).data ?? {};
  if (!params) return undefined;
  const { capabilities, clientInfo } = params;
  const claims = clientInfo ? displayText(`${clientInfo.name} ${clientInfo.version}`) : '';
  return { url: capabilities.elicitation?.url !== undefined, claims };
}
