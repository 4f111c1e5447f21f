import { z } from 'zod';
import type { Signal, SignalTraits } from '../../contract/signal.ts';
import { hmacHex, mustBeRecent, mustEqual } from '../../contract/signed-message.ts';
import { memberOf } from '../slack/web-api.ts';

const message = z.object({
  type: z.string(),
  challenge: z.string().max(256).optional(),
  team_id: z.string().optional(),
  event_id: z.string().optional(),
  event_time: z.int().optional(),
  event: z
    .object({ type: z.string(), tokens: z.object({ oauth: z.array(z.string()).default([]) }).optional() })
    .optional(),
});

/** The Events API: `tokens_revoked` names the members whose tokens were revoked. Those of bots are ignored. */
export const slackSignals: SignalTraits = {
  about:
    'Enter it as the Request URL under Event Subscriptions of the Slack app, with the event tokens_revoked. The option `webhook_secret` is the Signing Secret.',
  methods: ['POST'],
  read({ request: { headers, body }, registration, now }) {
    const timestamp = headers.get('x-slack-request-timestamp');
    const expected = `v0=${hmacHex(registration.secrets.webhook_secret, `v0:${timestamp}:${body}`)}`;
    mustEqual(expected, headers.get('x-slack-signature'));
    mustBeRecent(timestamp, now);
    const {
      type,
      challenge,
      team_id: team,
      event_id: id,
      event_time: time,
      event,
    } = message.parse(JSON.parse(body));
    if (type === 'url_verification')
      return { signals: [], answer: () => ({ status: 200, text: challenge ?? '' }) };
    const at = time === undefined ? undefined : new Date(time * 1000);
    const members = event?.type === 'tokens_revoked' ? (event.tokens?.oauth ?? []) : [];
    const signals = members.map(
      (user): Signal => ({
        id: `${id ?? ''} ${user}`,
        subject: memberOf(team, user),
        at,
        means: { kind: 'grant-dead', reason: 'revoked_by_user' },
      }),
    );
    return { signals, answer: () => ({ status: 200, json: {} }) };
  },
};
