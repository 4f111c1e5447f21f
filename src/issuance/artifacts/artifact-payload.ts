import type { AdapterPayload } from 'oidc-provider';
import { openWithToken, sealWithToken } from './seal-with-token.ts';

/**
 * Returns the payload as the table stores it: without the id, without copies of other credentials, and with the session's
 * secrets sealed under the id. `kind` is oidc-provider's name of the model.
 */
export function encodePayload(kind: string, id: string, payload: AdapterPayload): string {
  const { jti: _id, ...kept } = payload;
  const member = sealedMember(kind);
  if (member !== undefined && kept[member] !== undefined) {
    const sealed = Buffer.from(sealWithToken(id, JSON.stringify(kept[member]))).toString('base64');
    return JSON.stringify({ ...kept, [member]: sealed });
  }
  if (kind === 'Interaction') return JSON.stringify(withoutCopies(kept));
  return JSON.stringify(kept);
}

/** Returns the payload as oidc-provider gave it. Without the id (a session found by its uid) the sealed part is left out. */
export function decodePayload(
  kind: string,
  id: string | undefined,
  stored: string,
  issuer: string,
): AdapterPayload {
  const payload: AdapterPayload = JSON.parse(stored);
  if (id === undefined) {
    delete payload.state;
    return payload;
  }
  const member = sealedMember(kind);
  const sealed = member === undefined ? undefined : payload[member];
  if (member !== undefined && typeof sealed === 'string')
    payload[member] = JSON.parse(openWithToken(id, Buffer.from(sealed, 'base64')));
  if (kind === 'Interaction') payload.returnTo = `${issuer}/authorize/${id}`;
  return { ...payload, jti: id };
}

/** A pushed request can carry an ID token, or say more about a person than a table should. */
function sealedMember(kind: string): 'state' | 'request' | undefined {
  if (kind === 'Session') return 'state';
  return kind === 'PushedAuthorizationRequest' ? 'request' : undefined;
}

/** Removes credentials: `returnTo` has the id, `session.cookie` the session's id, and the hint is an ID token of ours. */
function withoutCopies({ returnTo: _id, ...payload }: AdapterPayload): AdapterPayload {
  const { id_token_hint: _hint, ...params } = payload.params ?? {};
  const { cookie: _cookie, ...session } = payload.session ?? {};
  const { id_token_hint: _sameHint, ...details } = payload.prompt?.details ?? {};
  return {
    ...payload,
    params,
    ...(payload.session && { session }),
    ...(payload.prompt && { prompt: { ...payload.prompt, details } }),
  };
}
