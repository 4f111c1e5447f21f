import type { AskedCall } from '../tokens/call-details.ts';

/** A sign-in that an app has begun without the person's browser (OpenID Connect CIBA 1.0), as another room asks the person. */
export interface BackchannelQuestion {
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The exact calls that the app asks for (RFC 9396). */
  readonly calls: readonly AskedCall[];
  readonly bindingMessage?: string | undefined;
  readonly expiresAt: Date;
  /** The name by which the decision finds the request. It is a credential of the app. */
  readonly reference: string;
}

/** Asks the person. The room that asks says the decision by `decideBackchannel`. */
export type AskPerson = (question: BackchannelQuestion) => Promise<void>;
