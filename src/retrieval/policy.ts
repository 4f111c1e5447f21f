import type { ApiForPerson, ApiUse } from '../issuance/consent/api-uses.ts';
import type { ProxyRule } from '../issuance/registry/proxy-rules.ts';
import type { OnBehalf } from '../issuance/tokens/verify-access-token.ts';
import type { Connection } from '../login/connections.ts';
import type { Links } from './links.ts';
import type { Rate } from './rates.ts';

/** The app's policy for one connection. */
export interface ConnectionPolicy {
  /** Upstream scopes the app may ask for. An empty list allows all granted scopes. */
  readonly scopes: readonly string[];
  readonly background: boolean;
  /** The app may receive the token itself. */
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  /** Request headers that the proxy passes beside the usual ones, in lower case. */
  readonly proxyHeaders: readonly string[];
  readonly rate: Rate | null;
  /** The version of the app or API that has it, for the audit: `app 7`. */
  readonly revision?: string | undefined;
}

/** The sources of policies. Each resolves to undefined if the policy lacks the connection. */
export interface PolicySources {
  readonly policyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly apiUse: (use: ApiForPerson, connection: Connection) => Promise<ApiUse | undefined>;
}

/** The caller as far as a policy depends on it. */
export interface PolicyCaller {
  readonly clientId: string;
  readonly userId: string;
  readonly onBehalf?: OnBehalf | undefined;
}

/** Returns the policy that decides: the app's, or that of the API which acts on behalf of the app. */
export async function policyFor(
  { policyOf, apiUse }: PolicySources,
  { clientId, userId, onBehalf }: PolicyCaller,
  connection: Connection,
): Promise<(ConnectionPolicy & { readonly isAllowed?: boolean }) | undefined> {
  if (!onBehalf) return await policyOf(clientId, connection.id);
  const [actor = ''] = onBehalf.actors;
  const use = await apiUse({ userId, clientId: onBehalf.app, apiId: onBehalf.api, actor }, connection);
  return use && { ...use.line, background: false, isAllowed: use.isAllowed };
}

/** Returns the page on which exactly this person lets the API use their account, and links one. */
export function consentLink(
  links: Pick<Links, 'api'>,
  { userId, onBehalf }: Pick<PolicyCaller, 'userId' | 'onBehalf'>,
  { alias }: Pick<Connection, 'alias'>,
): string {
  const { api = '', app = '' } = onBehalf ?? {};
  return links.api({ userId, app, api, alias });
}
