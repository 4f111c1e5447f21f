import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Keyring, UnreadableError } from '../kit/keys/keyring.ts';
import { learnKeys, openColumn, sealColumn } from '../kit/keys/sealed-column.ts';

/** One exact call, as the person reads it and as it is sent. */
export const writtenCall = z.object({
  /** The base URL of the provider's API. */
  api: z.string(),
  connection: z.string(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
});
export type WrittenCall = z.output<typeof writtenCall>;

const text = z.object({ en: z.string(), zh: z.string() });
const askedCall = z.object({
  call: writtenCall,
  isJson: z.boolean(),
  reason: z.string().optional(),
  platform: text,
  accounts: z.array(z.object({ id: z.string(), name: text })),
});

/** What the person reads before the decision. */
export const approvalContent = z.object({
  call: writtenCall.optional(),
  /** The agent's own words. */
  reason: z.string().optional(),
  /** OpenID Connect CIBA 1.0 section 7.1: the code that both devices show. */
  bindingMessage: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  /** The exact calls that an app asks for with a sign-in (RFC 9396). */
  calls: z.array(askedCall).optional(),
  /** The name by which the room that asks knows the question. */
  reference: z.string().optional(),
});
export type ApprovalContent = z.output<typeof approvalContent>;

/** The person, the client and the account of a call. */
export interface CallPlace {
  readonly userId: string;
  readonly clientId: string;
  readonly connectionId: string;
  readonly identityId: string;
}

/**
 * Returns the digest by which the repetition of a call is recognised. It differs if the call differs in one byte. `label`: a call
 * that was approved in another way has another digest.
 */
export function digestOfCall(place: CallPlace, call: WrittenCall, label = 'symbolon-call/1'): string {
  const { userId, clientId, connectionId, identityId } = place;
  const { api, method, path, query, body } = call;
  const headers = Object.entries(call.headers).sort(([one], [other]) => (one < other ? -1 : 1));
  const owner = [userId, clientId, connectionId, identityId];
  return sha256(JSON.stringify([label, owner, api, method, path, query, headers, body]));
}

/** Returns the digest of all that the person reads. */
export function digestOfContent(content: ApprovalContent): string {
  return sha256(writtenForm(content));
}

export interface ContentSeal {
  seal(id: string, content: ApprovalContent): Uint8Array<ArrayBuffer>;
  /** Returns the content; undefined: it is not the one that was sealed for this id and has this digest. */
  open(id: string, sealed: Uint8Array | null, seen: string): Promise<ApprovalContent | undefined>;
}

export function createContentSeal(keyring: Keyring): ContentSeal {
  const context = (id: string) => `agent_approval|${id}|content`;
  return {
    seal: (id, content) => sealColumn(keyring, writtenForm(content), context(id)),
    async open(id, sealed, seen) {
      if (!sealed) return undefined;
      await learnKeys(keyring, [sealed]);
      try {
        const text = openColumn(keyring, sealed, context(id));
        return sha256(text) === seen ? approvalContent.parse(JSON.parse(text)) : undefined;
      } catch (error) {
        if (error instanceof UnreadableError) return undefined;
        throw error;
      }
    },
  };
}

function writtenForm(content: ApprovalContent): string {
  return JSON.stringify(approvalContent.parse(content));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
