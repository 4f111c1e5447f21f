import { z } from 'zod';
import { nativeAudiencesOf } from '../../contract/options.ts';
import { accepted, type SignalMeaning, type SignalTraits } from '../../contract/signal.ts';
import { appleIssuers } from '../apple/issuers.ts';

const dead: SignalMeaning = { kind: 'grant-dead', reason: 'revoked_by_user' };

/** `account-deleted` is documented, `account-delete` is what has been seen. Of addresses nothing is kept but the last. */
const meanings: Readonly<Record<string, SignalMeaning>> = {
  'consent-revoked': dead,
  'account-delete': dead,
  'account-deleted': dead,
};

const message = z.object({ payload: z.string().min(1) });
const event = z.object({ type: z.string(), sub: z.string().min(1), event_time: z.number().positive() });

/** Server-to-server notifications: a JWS in which the event is JSON written as text. */
export const appleSignals: SignalTraits = {
  about:
    'As the _Server-to-Server Notification Endpoint_ of the primary App ID, under _Sign in with Apple → Edit_.',
  methods: ['POST'],
  async read({ request, registration, verifyJwt }) {
    const { payload } = message.parse(JSON.parse(request.body));
    const issuer = [registration.issuer, ...appleIssuers];
    const audience = [registration.clientId, ...nativeAudiencesOf(registration.options)];
    const { events } = await verifyJwt(payload, { issuer, audience });
    const { type, sub: subject, event_time: time } = event.parse(JSON.parse(String(events)));
    const means = meanings[type];
    // The documentation shows milliseconds; a time in seconds would be of 1970, and mean nothing since.
    const at = new Date(time > 1e11 ? time : time * 1000);
    const id = `${type} ${subject} ${time}`;
    return { signals: means ? [{ id, subject, at, means }] : [], answer: accepted };
  },
};
