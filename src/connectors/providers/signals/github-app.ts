import { z } from 'zod';
import { numericId } from '../../contract/profile-fields.ts';
import type { SignalTraits } from '../../contract/signal.ts';
import { hmacHex, mustEqual } from '../../contract/signed-message.ts';

const message = z.object({ action: z.string(), sender: z.object({ id: numericId }) });

/**
 * The event `github_app_authorization`, which every GitHub App receives. It has no time, so a call to the API checks
 * the grant.
 */
export const githubAppSignals: SignalTraits = {
  about:
    'Enter it under _Webhook_ of the GitHub App as Webhook URL, with content type `application/json` and a secret of your own. Enter that secret here as option `webhook_secret`. No event needs to be selected.',
  methods: ['POST'],
  read({ request: { headers, body }, registration }) {
    const expected = `sha256=${hmacHex(registration.secrets.webhook_secret, body)}`;
    mustEqual(expected, headers.get('x-hub-signature-256'));
    const answer = () => ({ status: 202 });
    if (headers.get('x-github-event') !== 'github_app_authorization') return { signals: [], answer };
    const { action, sender } = message.parse(JSON.parse(body));
    if (action !== 'revoked') return { signals: [], answer };
    const id = headers.get('x-github-delivery') ?? body;
    return { signals: [{ id, subject: sender.id, at: undefined, means: { kind: 'doubt' } }], answer };
  },
};
