import { z } from 'zod';
import { nativeAudiencesOf } from '../../contract/options.ts';
import { accepted, type SignalMeaning, type SignalTraits } from '../../contract/signal.ts';
import { appleIssuers } from '../apple/issuers.ts';

const dead: SignalMeaning = { kind: 'grant-dead', reason: 'revoked_by_user' };

/**
 * The events that end a grant. `account-deleted` is documented, `account-delete` is what Apple sends. Events about
 * addresses are ignored.
 */
const meanings: Readonly<Record<string, SignalMeaning>> = {
  'consent-revoked': dead,
  'account-delete': dead,
  'account-deleted': dead,
};

const message = z.object({ payload: z.string().min(1) });
const event = z.object({ type: z.string(), sub: z.string().min(1), event_time: z.number().positive() });

/** Server-to-server notifications: a JWS whose event is a text of JSON. */
export const appleSignals: SignalTraits = {
  about:
    'Enter it as the _Server-to-Server Notification Endpoint_ of the primary App ID, under _Sign in with Apple → Edit_.',
  methods: ['POST'],
  async read({ request, registration, verifyJwt }) {
    const { payload } = message.parse(JSON.parse(request.body));
    const issuer = [registration.issuer, ...appleIssuers];
    const audience = [registration.clientId, ...nativeAudiencesOf(registration.options)];
    const { events } = await verifyJwt(payload, { issuer, audience });
    const { type, sub: subject, event_time: time } = event.parse(JSON.parse(String(events)));
    const means = meanings[type];
    // The documentation shows milliseconds. Smaller values are read as seconds, or they would lie in 1970.
    const at = new Date(time > 1e11 ? time : time * 1000);
    const id = `${type} ${subject} ${time}`;
    return { signals: means ? [{ id, subject, at, means }] : [], answer: accepted };
  },
};
