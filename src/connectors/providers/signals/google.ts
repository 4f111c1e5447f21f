import { z } from 'zod';
import { nativeAudiencesOf } from '../../contract/options.ts';
import type { Signal, SignalMeaning, SignalTraits } from '../../contract/signal.ts';

const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
const oauth = 'https://schemas.openid.net/secevent/oauth/event-type/';

const dead: SignalMeaning = { kind: 'grant-dead', reason: 'revoked_by_user' };

/** The RISC event types after which a token may be invalid. */
const meanings: Readonly<Record<string, SignalMeaning>> = {
  [`${oauth}tokens-revoked`]: dead,
  // About one token, named by its hash. If the person is named too, a refresh shows whether the stored token is meant.
  [`${oauth}token-revoked`]: { kind: 'doubt' },
  [`${risc}account-disabled`]: { kind: 'doubt' },
  [`${risc}sessions-revoked`]: { kind: 'doubt' },
  [`${risc}account-credential-change-required`]: { kind: 'doubt' },
};

const event = z.object({ subject: z.object({ sub: z.string().min(1).optional() }).optional() });
const token = z.object({ jti: z.string().min(1), iat: z.number(), events: z.record(z.string(), event) });

/** Cross-Account Protection: pushed (RFC 8935) security event tokens (RFC 8417), which have no `exp`. */
export const googleSignals: SignalTraits = {
  about:
    'Register it as the receiver of Cross-Account Protection by a call to the RISC API with a service account of the same project. The console has no page for it.',
  methods: ['POST'],
  async read({ request, registration, verifyJwt }) {
    // This issuer ends in a slash, unlike that of ID tokens.
    const issuer = `${registration.issuer}/`;
    const audience = [registration.clientId, ...nativeAudiencesOf(registration.options)];
    const { jti, iat, events } = token.parse(await verifyJwt(request.body.trim(), { issuer, audience }));
    const at = new Date(iat * 1000);
    const signals = Object.entries(events).flatMap(([type, { subject }]): Signal[] => {
      const means = meanings[type];
      return means && subject?.sub ? [{ id: `${jti} ${type}`, subject: subject.sub, at, means }] : [];
    });
    return { signals, answer: () => ({ status: 202 }) };
  },
};
