import type { Connection } from '../login/connections.ts';
import type { ExportedAccount } from './exported-user.ts';

/**
 * Returns the account as the connection's client sees it: some providers give each client another id, and the ids beside the
 * tokens.
 */
export function forClient(account: ExportedAccount, { registration }: Connection): ExportedAccount {
  const { profileByClient = {}, tokens } = account;
  const own = profileByClient[registration.clientId];
  if (!own) return account;
  const readable = typeof tokens === 'object' && 'accessToken' in tokens;
  return {
    ...account,
    profile: { ...account.profile, ...own },
    tokens: readable ? { ...tokens, extra: { ...tokens.extra, ...own } } : tokens,
  };
}
