import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../kit/problem.ts';
import type { Connection } from '../../login/connections.ts';
import { type Caller, hasScopeFor } from '../permission.ts';
import type { Refusals } from '../refusals.ts';
import type { Upload } from './body.ts';
import type { ProxyCall } from './proxy-call.ts';

/** A request that may repeat a call which the person has approved. */
export interface RepeatedCall extends Pick<ProxyCall, 'ref' | 'method' | 'path' | 'query' | 'headers'> {
  readonly body: Uint8Array;
}

/** One call that the person has approved for this token (RFC 9396), as it is sent. */
export interface ApprovedCall {
  readonly connection: Connection;
  readonly identityId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string | null;
  /** Uses it up. Of several requests at once, at any process, one does. @throws Problem call_not_approved */
  use(): Promise<void>;
}

/** Why a request is none of the approved calls. */
export type NotApproved = 'differs' | 'used' | 'expired' | 'ended';

export interface ApprovedCalls {
  /**
   * Returns the approved call that a request repeats, or why it repeats none; undefined if the token has no call for this
   * account.
   */
  find(
    caller: Pick<Caller, 'userId' | 'clientId'> & { readonly approvals: readonly string[] },
    call: RepeatedCall,
  ): Promise<ApprovedCall | { readonly why: NotApproved; readonly connection: Connection } | undefined>;
}

export function callNotApproved(why: NotApproved): Problem {
  return new Problem('call_not_approved', { detail: sentences[why], members: { reason: why } });
}

const sentences: Readonly<Record<NotApproved, string>> = {
  differs: 'The person has approved another call: this one differs from it.',
  used: 'The call that the person has approved was made already.',
  expired: 'The time to make the approved call is over.',
  ended: 'The person has withdrawn the approval.',
};

export interface AllowApprovedDeps {
  readonly approvedCalls: ApprovedCalls;
  readonly refusals: Pick<Refusals, 'note'>;
}

/** The caller and the call, with the use of the approval; as they came for a call that rests on the scopes of the token. */
export interface Allowed {
  readonly caller: Caller;
  readonly call: ProxyCall;
}

/**
 * Returns the approved call in place of the request that repeats it, so that exactly what the person has read is sent, once. The
 * token gives no more than that call, unless its scopes do. @throws Problem call_not_approved
 */
export async function allowApproved(
  { approvedCalls, refusals }: AllowApprovedDeps,
  asArrived: Caller,
  call: ProxyCall,
): Promise<Allowed> {
  const { approvals = [] } = asArrived;
  if (approvals.length === 0) return { caller: asArrived, call };
  const upload = await call.upload();
  // The body may have taken minutes, in which the token has ended.
  const caller = await asArrived.again();
  const body = bytesOf(upload);
  const asItCame = { caller, call: { ...call, upload: async () => upload } };
  const found = await approvedCalls.find({ ...caller, approvals }, { ...call, body: body ?? tooLong });
  if (!found) return asItCame;
  if ('why' in found) {
    if (hasScopeFor(caller, found.connection)) return asItCame;
    const refusal = callNotApproved(found.why);
    const { userId, clientId: appId } = caller;
    refusals.note(refusal, { why: refusal.code, userId, appId, connection: found.connection.alias });
    throw refusal;
  }
  const { connection, identityId, headers, use } = found;
  return {
    caller: withAccount(caller, connection),
    call: { ...call, ref: identityId, headers, upload: async () => uploadOf(found.body), beforeSending: use },
  };
}

/** A body that is too large to be kept is none that a person has read. The byte is no valid UTF-8. */
const tooLong = new Uint8Array([0xff]);

function bytesOf(upload: Upload): Uint8Array | undefined {
  if (upload.kind === 'stream') return undefined;
  return upload.kind === 'none' ? new Uint8Array() : upload.bytes;
}

function uploadOf(body: string | null): Upload {
  return body === null ? { kind: 'none' } : { kind: 'kept', bytes: new TextEncoder().encode(body) };
}

/** Returns the caller with the account of the approved call, and no other. The policy of the app decides as always. */
function withAccount(caller: Caller, connection: Connection): Caller {
  return {
    ...caller,
    scopes: new Set([`idp:${connection.alias}`]),
    granted: { connections: [connection.id], at: new Date(0) },
    again: async () => withAccount(await caller.again(), connection),
  };
}
