import { oauth2 } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { webhookSecretOption } from '../contract/signed-message.ts';
import { fetchEmail, fetchUser, github } from './github.ts';
import { githubAppSignals } from './signals/github-app.ts';

/** A GitHub App acting as its user: what it may do follows from its permissions, and its tokens refresh. */
export const githubApp = oauth2({
  ...github,
  provider: 'github-app',
  title: { en: 'GitHub App', zh: 'GitHub App' },
  options: { webhook_secret: webhookSecretOption },
  signals: githubAppSignals,
  scopes: { default: [], separator: ' ', grantedSeparator: ',' },
  // An app may opt out of expiring tokens; then the answer states no end. A refresh kills the old pair, the access
  // token too.
  // A refresh token lives six months.
  refresh: { how: 'refresh_token', rotation: 'single-use', keepAlive: 90 * 86_400 },
  // One that ran out is as unknown to GitHub as one that was taken back.
  revokesBy: 'live-token',
  account: async (call) => {
    const who = await fetchUser(call);
    const addresses = await fetchEmail(call).catch(unlessForbidden);
    return { ...who, ...addresses };
  },
});

/** Without the permission "Email addresses: read" there is none to see. */
function unlessForbidden(error: unknown) {
  if (error instanceof UpstreamError && error.status === 403 && error.failure.kind === 'unknown')
    return { email: undefined, emailVerified: false };
  throw error;
}
