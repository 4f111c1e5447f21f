import { z } from 'zod';
import type { OptionTrait } from '../../contract/options.ts';
import { doubtSignal, type SignalTraits } from '../../contract/signal.ts';

export const verifyTokenOption: OptionTrait = {
  about: 'The verify_token of the push subscription. Choose a text and enter it in both places.',
  secret: true,
};

const message = z.object({
  object_type: z.string(),
  aspect_type: z.string(),
  owner_id: z.union([z.string(), z.int().positive()]).transform(String),
  updates: z.record(z.string(), z.unknown()).default({}),
});

/** A push subscription. Its messages are not signed, so they only cause a check of the grant. */
export const stravaSignals: SignalTraits = {
  about:
    'Create a push subscription by `POST /api/v3/push_subscriptions` with this address as `callback_url` and the `verify_token` entered here. Its messages are not signed, so they only cause a check of the grant.',
  methods: ['GET', 'POST'],
  read({ request: { method, query, body }, registration, now }) {
    if (method === 'GET') {
      const { verify_token: token } = registration.secrets;
      if (!token?.equals(query.get('hub.verify_token') ?? '')) throw new Error('another verify_token');
      const json = { 'hub.challenge': query.get('hub.challenge') ?? '' };
      return { signals: [], answer: () => ({ status: 200, json }) };
    }
    const said = message.parse(JSON.parse(body));
    const answer = () => ({ status: 200, json: {} });
    const gone = said.object_type === 'athlete' && said.updates.authorized === 'false';
    if (!gone) return { signals: [], answer };
    return { signals: [doubtSignal(said.owner_id, now)], answer };
  },
};
