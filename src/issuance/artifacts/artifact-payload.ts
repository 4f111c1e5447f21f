import type { AdapterPayload } from 'oidc-provider';
import { openWithToken, sealWithToken } from './seal-with-token.ts';

/**
 * Returns the payload as the table stores it: without the id, without copies of other credentials, and with the session's
 * secrets sealed under the id. `kind` is oidc-provider's name of the model.
 */
export function encodePayload(kind: string, id: string, payload: AdapterPayload): string {
  const { jti: _id, ...kept } = payload;
  const stored: AdapterPayload = kind === 'Interaction' ? withCallsApart(withoutCopies(kept)) : { ...kept };
  // A refreshed token has no call.
  if (kind === 'RefreshToken') delete stored.rar;
  for (const member of sealedMembers[kind] ?? []) {
    if (stored[member] === undefined) continue;
    stored[member] = Buffer.from(sealWithToken(id, JSON.stringify(stored[member]))).toString('base64');
  }
  return JSON.stringify(stored);
}

/** Returns the payload as oidc-provider gave it. Without the id (a session found by its uid) the sealed part is left out. */
export function decodePayload(
  kind: string,
  id: string | undefined,
  stored: string,
  issuer: string,
): AdapterPayload {
  const payload: AdapterPayload = JSON.parse(stored);
  for (const member of sealedMembers[kind] ?? []) {
    const sealed = payload[member];
    if (id === undefined) delete payload[member];
    else if (typeof sealed === 'string')
      payload[member] = JSON.parse(openWithToken(id, Buffer.from(sealed, 'base64')));
  }
  if (id === undefined) return payload;
  if (kind === 'Interaction') {
    const { calls } = payload;
    if (calls !== undefined) payload.params = { ...payload.params, authorization_details: calls };
    delete payload.calls;
    const path = payload.deviceCode === undefined ? 'authorize' : 'device';
    payload.returnTo = `${issuer}/${path}/${id}`;
  }
  return { ...payload, jti: id };
}

/**
 * The members that are sealed under the artifact's own id: the session's secrets, the ids of other artifacts, the calls that an app
 * asks for or has, and pushed requests, which can carry an ID token or say more about a person than a table should.
 */
const sealedMembers: Readonly<Record<string, readonly string[]>> = {
  Session: ['state'],
  Interaction: ['deviceCode', 'parJti', 'calls'],
  PushedAuthorizationRequest: ['request'],
  BackchannelAuthenticationRequest: ['params', 'rar'],
  AuthorizationCode: ['rar'],
  AccessToken: ['rar'],
};

/** Moves the calls that an app asks for (RFC 9396) to a member that is sealed. Their content is the person's. */
function withCallsApart({ params, ...payload }: AdapterPayload): AdapterPayload {
  const { authorization_details: calls, ...rest } = params ?? {};
  return { ...payload, ...(params && { params: rest }), ...(calls !== undefined && { calls }) };
}

/** Removes credentials: `returnTo` has the id, `session.cookie` the session's id, and the hint is an ID token of ours. */
function withoutCopies({ returnTo: _id, ...payload }: AdapterPayload): AdapterPayload {
  const { id_token_hint: _hint, ...params } = payload.params ?? {};
  const { cookie: _cookie, ...session } = payload.session ?? {};
  const { id_token_hint: _sameHint, rar: _calls, ...details } = payload.prompt?.details ?? {};
  return {
    ...payload,
    params,
    ...(payload.session && { session }),
    ...(payload.prompt && { prompt: { ...payload.prompt, details } }),
  };
}
