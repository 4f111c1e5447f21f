import { z } from 'zod';
import { publishedKeyAlgorithms } from '../../contract/id-token-algorithms.ts';
import type { SignalTraits } from '../../contract/signal.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';

const logout = z
  .object({
    sub: z.string().min(1).optional(),
    sid: z.string().min(1).optional(),
    jti: z.string().min(1),
    events: z.object({ [event]: z.looseObject({}) }),
    // An ID token has a nonce and must not be accepted as a logout token.
    nonce: z.never().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

/**
 * OpenID Connect Back-Channel Logout 1.0. A logout ends sessions, not grants: an offline grant (`offline_access`) stays
 * valid. Only a refresh shows whether other grants do.
 */
export const backChannelLogout: SignalTraits = {
  about:
    'Enter it at the provider as the client’s _Backchannel logout URL_ (Keycloak, under _Logout settings_; elsewhere _back-channel logout URI_), so that a sign-out there ends the session here. Enable _session required_, so that only the named session ends.',
  methods: ['POST'],
  async read({ request, registration, verifyJwt }) {
    const { clientId, issuer, options } = registration;
    const token = new URLSearchParams(request.body).get('logout_token') ?? '';
    const claims = await verifyJwt(token, {
      issuer,
      audience: clientId,
      // Section 2.6: the algorithms are those of the client's ID tokens.
      algorithms:
        options.id_token_algorithm === undefined ? publishedKeyAlgorithms : [options.id_token_algorithm],
      types: ['logout+jwt', 'jwt'],
      maxAge: 3600,
    });
    const { sub: subject, sid, jti } = logout.parse(claims);
    const means = { kind: 'signed-out', sid } as const;
    return {
      signals: [{ id: `logout ${jti}`, subject, at: undefined, means }],
      answer: () => ({ status: 200 }),
    };
  },
};
