import { z } from 'zod';
import type { Text } from '../../kit/locale.ts';
import type { ProxyMethod } from '../registry/proxy-rules.ts';

/** The type of authorization details (RFC 9396) for one exact call of a provider's API. */
export const callType = 'symbolon_call';

/** The most calls of one request. The person reads each of them. */
export const mostCalls = 5;

const plain = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => text.isWellFormed(), 'is not valid Unicode');

/** An id that a double cannot hold would be another one when it is written again. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

/** Node parses JSON deeper than it can write it again. */
function isFlat(value: unknown, levels = 64): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((one) => isFlat(one, levels - 1));
}

/** An object or a list as it was parsed: zod would drop a member named `__proto__`. */
const json = z.custom<object>((value) => typeof value === 'object' && value !== null);

/** One exact call, as an app asks for it. The sizes keep the token's claim within a header. */
export const callDetail = z.strictObject({
  type: z.literal(callType),
  /** The alias. */
  connection: plain(64).min(1),
  /** The id of the account, for a person with several; without it, the person chooses. */
  identity: z
    .string()
    .regex(/^idn_\w{1,64}$/)
    .optional(),
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  /** Below the base of the provider's API. */
  path: plain(400).startsWith('/'),
  /** Without its question mark. */
  query: plain(800)
    .regex(/^[\x21\x22\x24-\x7e]*$/, 'has characters that are not sent as they are')
    .default(''),
  headers: z
    .record(z.string().regex(/^[\w!$%&'*+.^`|~-]{1,64}$/), z.string().regex(/^[\x20-\x7e]{0,200}$/))
    .refine((headers) => Object.keys(headers).length <= 8, 'has more than 8 headers')
    .default({}),
  /** A text, or JSON. */
  body: z
    .union([z.string(), json])
    .refine((body) => isFlat(body), { error: 'is nested too deep', abort: true })
    .refine(isExact, 'has a number that JSON libraries change, so give the body as text')
    .optional(),
  /** The app's own words. */
  reason: plain(256).trim().min(1).optional(),
});
export type CallDetail = z.output<typeof callDetail>;

/**
 * An approved call as the token states it: the row that lets it through is `identifier`, and the content is there by its digest
 * alone.
 */
export const approvedDetail = z.object({
  type: z.literal(callType),
  identifier: z.string(),
  connection: z.string(),
  identity: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string().optional(),
  /** SHA-256 of the bytes that are sent, base64url. */
  body_digest: z.string().optional(),
});
export type ApprovedDetail = z.output<typeof approvedDetail>;

/** An approved call as the grant names it. A grant is no secret of one artifact, so that path and parameters are not in it. */
export const grantedDetail = approvedDetail.pick({ type: true, identifier: true });

/** A call as the person reads it, with the accounts among which the person chooses. */
export interface AskedCall {
  readonly call: {
    readonly api: string;
    readonly connection: string;
    readonly method: ProxyMethod;
    readonly path: string;
    readonly query: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  /** The body was given as JSON: other spaces are the same call. */
  readonly isJson: boolean;
  readonly reason?: string | undefined;
  readonly platform: Text;
  readonly accounts: readonly { readonly id: string; readonly name: Text }[];
}

/** A call with the account that the person has chosen. */
export interface ChosenCall extends Pick<AskedCall, 'call' | 'isJson'> {
  readonly identityId: string;
}

/** A field of a call that cannot be asked for, and why. */
export interface CallFault {
  readonly field: string;
  readonly fault: string;
}

export interface CallPair {
  readonly userId: string;
  readonly clientId: string;
}

/** The room that judges exact calls and keeps those that people have approved. */
export interface ExactCalls {
  /** Returns the fault of a call that this app may not ask anyone for. */
  faultOf(clientId: string, detail: CallDetail): Promise<CallFault | undefined>;
  /** Returns the calls as this person reads them, or the first fault: the person has no such account. */
  asked(pair: CallPair, details: readonly CallDetail[]): Promise<readonly AskedCall[] | CallFault>;
  /** Stores what the person has approved, and returns the details of the token. */
  approve(pair: CallPair, calls: readonly ChosenCall[]): Promise<readonly ApprovedDetail[]>;
  /** Returns the details of calls that this person has approved for this app, by their identifiers. */
  granted(pair: CallPair, identifiers: readonly string[]): Promise<readonly ApprovedDetail[]>;
  /** Notes that the person did not approve. */
  deny(pair: CallPair, calls: readonly AskedCall[]): Promise<void>;
}

/**
 * Returns the accounts that a form names for the calls; the only one of a call needs no choice. Undefined: an account is none
 * of those that the page offered, or is missing.
 */
export function chosenCalls(
  calls: readonly AskedCall[],
  field: (name: string) => string | undefined,
): readonly ChosenCall[] | undefined {
  const chosen = calls.flatMap(({ call, isJson, accounts }, index) => {
    const given = accounts.length === 1 ? accounts[0]?.id : field(accountField(index));
    const account = accounts.find(({ id }) => id === given);
    return account ? [{ call, isJson, identityId: account.id }] : [];
  });
  return chosen.length === calls.length ? chosen : undefined;
}

/** The name of the form's field that holds the account of a call. */
export const accountField = (index: number) => `account_${index}`;
