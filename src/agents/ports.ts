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
  /** The end of the permission; null until it is revoked. */
  readonly until: Date | null;
}

export interface AgentPermissions {
  /**
   * Returns the permission of a client for a connection. A client that the person consented to and has no row may read,
   * and its writes ask.
   */
  of(key: AgentPair & { readonly connectionId: string }): Promise<AgentPermission>;
  /** Notes that the agent has read from an account. Later writes to another account ask, whatever the mode says. */
  noteRead(key: AgentPair & { readonly identityId: string }): Promise<void>;
}

/** A call of a provider's API in the form in which it is shown to the person and, once approved, sent. */
export interface AgentCall {
  readonly identityId: string;
  /** The alias of the connection. */
  readonly connection: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path below the base of the provider's API, as it is sent. */
  readonly path: string;
  /** The query without its question mark; empty for none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export type StoredCallState = 'pending' | 'approved' | 'denied' | 'used' | 'expired';

export interface StoredCallAnswer {
  readonly id: string;
  readonly state: StoredCallState;
  /** The page on which the person decides. */
  readonly url: string;
}

export interface StoredCallAsk extends AgentPair, AgentCall {
  /** The client's name as the person knows it. */
  readonly clientName: string;
  /** The agent's own words, which the page marks as such. */
  readonly reason: string;
}

export interface StoredCalls {
  /**
   * Stores a call for approval. The same call of the same pair that is pending or approved already is returned and not
   * stored again. A call that needs no question is `approved` at once. @throws Problem where the call is never allowed
   */
  request(ask: StoredCallAsk): Promise<StoredCallAnswer>;
  /** Returns the state of a stored call of this pair, or undefined. */
  find(id: string, pair: AgentPair): Promise<StoredCallAnswer | undefined>;
  /**
   * Turns `approved` into `used` in one statement and returns exactly the stored call, once. Returns undefined for any
   * other state, and for another pair.
   */
  take(id: string, pair: AgentPair): Promise<AgentCall | undefined>;
}
