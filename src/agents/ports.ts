import type { ProxyMethod } from '../issuance/registry/proxy-rules.ts';

// The two halves of this room meet here: `mcp/` serves the tools, and the permissions and approvals of people decide.

/** A person and the agent's client that acts for this person. */
export interface AgentPair {
  readonly userId: string;
  readonly clientId: string;
}

/**
 * The use that a person allows an agent: `none`, reading, writing after a question for each call, or writing freely.
 */
export type AgentMode = 'none' | 'read' | 'ask' | 'write';

export interface AgentPermission {
  readonly mode: AgentMode;
  /** The end of the permission; null until it is revoked. For `none`: the time since when a former one has ended. */
  readonly until: Date | null;
  /** The page on which the person chooses. */
  readonly url: string;
}

export interface AgentPermissions {
  /**
   * Returns the permission of a client for a connection, or for one account there. A client for which the person has chosen
   * nothing may read, and its writes ask, for a day after the consent.
   */
  of(
    key: AgentPair & { readonly connectionId: string; readonly identityId?: string | undefined },
  ): Promise<AgentPermission>;
  /** Notes that the agent has read from an account. Later writes to another account ask, whatever the mode says. */
  noteRead(key: AgentPair & { readonly identityId: string }): Promise<void>;
}

/** A call of a provider's API in the form in which it is shown to the person and, once approved, sent. */
export interface AgentCall {
  readonly identityId: string;
  /** The alias of the connection. */
  readonly connection: string;
  readonly method: ProxyMethod;
  /** The path below the base of the provider's API, as it is sent. */
  readonly path: string;
  /** The query without its question mark; empty for none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** 64 KiB at most. */
  readonly body: string | null;
}

/** Returns whether a call only reads (RFC 9110 section 9.2.1). */
export function isRead({ method }: Pick<AgentCall, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

export type StoredCallState = 'pending' | 'approved' | 'denied' | 'used' | 'expired';

export interface StoredCallAnswer {
  readonly id: string;
  readonly state: StoredCallState;
  /** The page on which the person decides. */
  readonly url: string;
  /** The end of the time to decide, and after the decision of the time to use it. */
  readonly expiresAt: Date;
}

export interface StoredCallAsk extends AgentPair, AgentCall {
  /** The agent's own words, which the page marks as such. */
  readonly reason: string;
}

export interface StoredCalls {
  /**
   * Stores a call for approval. The same call of the same pair that is pending or approved already is returned and not
   * stored again, and so is one that the person denied within ten minutes. A call that needs no question is `approved` at once. @throws Problem connection_not_allowed for a call
   * that the operator does not allow, consent_required with `consent_url` where the person does not allow writes,
   * too_many_requests, payload_too_large
   */
  request(ask: StoredCallAsk): Promise<StoredCallAnswer>;
  /** Returns the state of a stored call of this pair, or undefined. */
  find(id: string, pair: AgentPair): Promise<StoredCallAnswer | undefined>;
  /**
   * Turns `approved` into `used` in one statement and returns exactly the stored call, once, with the reason that the
   * person has read. Returns undefined for any other state, for another pair, for a call that differs in one byte, and
   * after the permission has ended.
   */
  take(id: string, call: AgentPair & AgentCall): Promise<StoredCallAsk | undefined>;
}
