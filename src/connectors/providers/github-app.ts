import { oauth2 } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { atSignInHost } from '../contract/manage-access.ts';
import { webhookSecretOption } from '../contract/signed-message.ts';
import { fetchEmail, fetchUser, github } from './github.ts';
import { githubAppSignals } from './signals/github-app.ts';

/** A GitHub App on behalf of a user. Its permissions replace scopes, and its tokens can be refreshed. */
export const githubApp = oauth2({
  ...github,
  provider: 'github-app',
  title: { en: 'GitHub App', zh: 'GitHub App' },
  accountName: { en: 'GitHub account', zh: 'GitHub 账号' },
  platform: { en: 'GitHub', zh: 'GitHub' },
  options: { webhook_secret: webhookSecretOption },
  signals: githubAppSignals,
  scopesOfToken: undefined,
  manageAccess: { url: atSignInHost('/settings/apps/authorizations') },
  scopes: { default: [], separator: ' ', grantedSeparator: ',' },
  // An app may opt out of expiring tokens; then the answer states no end. A refresh invalidates the old refresh token
  // and the old access token.
  // A refresh token lasts six months.
  refresh: { how: 'refresh_token', rotation: 'single-use', keepAlive: 90 * 86_400 },
  // GitHub's error is the same for an expired and a revoked token.
  revokesBy: 'live-token',
  account: async (call) => {
    const who = await fetchUser(call);
    const addresses = await fetchEmail(call).catch(unlessForbidden);
    return { ...who, ...addresses };
  },
});

/** Returns the address, or none without the permission "Email addresses: read". */
function unlessForbidden(error: unknown) {
  if (error instanceof UpstreamError && error.status === 403 && error.failure.kind === 'unknown')
    return { email: undefined, emailVerified: false };
  throw error;
}
