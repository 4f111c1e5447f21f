import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SignalCall, SignalTraits } from '../../contract/signal.ts';
import { hmac, mustBeRecent, mustEqual } from '../../contract/signed-message.ts';

const notSaidHere = z.never().optional();

const claims = z.object({
  algorithm: z.literal('HMAC-SHA256'),
  user_id: z.union([z.string().regex(/^\d{1,32}$/), z.int().positive()]).transform(String),
  issued_at: z.int(),
  // Facebook's scripts give every signed-in browser a signed_request with these members, so such a one is no callback.
  code: notSaidHere,
  oauth_token: notSaidHere,
});

const aDay = 86_400;

/**
 * The deauthorize and the data-deletion callback: both send a `signed_request`. The second one has the address with
 * `?type=data-deletion`, and its answer contains the URL of a status page.
 */
export const facebookSignals: SignalTraits = {
  about:
    'Enter it under _Facebook Login → Settings_ as the _Deauthorize callback URL_, and with `?type=data-deletion` added as the _Data deletion request URL_. Facebook signs the messages with the app secret.',
  methods: ['POST'],
  read(call) {
    const { user_id: subject, issued_at } = verified(call);
    const deletion = call.request.query.get('type') === 'data-deletion';
    const message = new URLSearchParams(call.request.body).get('signed_request') ?? '';
    const id = `${deletion} ${createHash('sha256').update(message).digest('hex')}`;
    const at = new Date(issued_at * 1000);
    const means = deletion
      ? ({ kind: 'data-deletion' } as const)
      : ({ kind: 'grant-dead', reason: 'app_removed' } as const);
    return {
      signals: [{ id, subject, at, means }],
      answer: ({ url, code }) => ({ status: 200, json: deletion ? { url, confirmation_code: code } : {} }),
    };
  },
};

function verified({ request, registration, now }: SignalCall): z.output<typeof claims> {
  const [, signature, payload] =
    /^([\w-]{43})\.([\w-]+)$/.exec(new URLSearchParams(request.body).get('signed_request') ?? '') ?? [];
  if (signature === undefined || payload === undefined) throw new Error('no signed_request');
  mustEqual(hmac(registration.clientSecret, payload).toString('base64url'), signature);
  const said = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  mustBeRecent(String(said.issued_at), now, aDay);
  return said;
}
