// The doors by which a provider's token is used, and the checks that stand at each. `test/retrieval/doors-attacks.test.ts`
// tries each pair. The table of docs/security.md is made of this.

export const doors = {
  rest: '`GET /v1/me/identities/{ref}/token`',
  background: '`GET /v1/users/{user}/identities/{ref}/token`',
  proxy: '`/v1/me/identities/{ref}/proxy/…`',
  backgroundProxy: '`/v1/users/{user}/identities/{ref}/proxy/…`',
  exchangeAccess: 'token exchange of an access token (RFC 8693)',
  exchangeRefresh: 'token exchange of a refresh token',
  vaultAccess: 'Auth0’s Token Vault exchange of an access token',
  vaultRefresh: 'Auth0’s Token Vault exchange of a refresh token',
  management: 'Auth0’s `GET /api/v2/users/{id}`',
  brokerV1: 'Keycloak’s broker token, V1',
  brokerV2: 'Keycloak’s broker token, V2',
  external: 'Keycloak’s exchange with `requested_issuer`',
  apiExchange: 'an API’s exchange on behalf of its caller, for the provider’s token',
  apiProxy: 'an API’s exchange for `/v1`, and a call by the proxy with it',
  apiVault: 'Auth0’s Token Vault exchange by a Custom API Client',
} as const;

export type Door = keyof typeof doors;
export const doorNames = Object.keys(doors) as readonly Door[];

export interface Check {
  readonly title: string;
  /** The doors that the check does not concern. They stay open, which is tried too. */
  readonly notAt?: readonly Door[];
  /** The reason for `notAt`. */
  readonly because?: string;
}

const alone: readonly Door[] = ['background', 'backgroundProxy', 'management'];
const proxies: readonly Door[] = ['proxy', 'backgroundProxy', 'apiProxy'];
const except = (some: readonly Door[]) => doorNames.filter((door) => !some.includes(door));

export const checks = {
  userDisabled: { title: 'The person is disabled' },
  userErased: { title: 'The person is erased' },
  appDisabled: { title: 'The app is switched off' },
  appRemoved: { title: 'The app is removed' },
  connectionDisabled: { title: 'The connection is disabled' },
  connectionRemoved: { title: 'The connection is removed' },
  unlinked: { title: 'The account is unlinked' },
  consent: { title: 'The consent is withdrawn' },
  scope: { title: 'The token lacks the scope' },
  policyLine: { title: 'The policy lacks the connection' },
  proxyRules: {
    title: 'The policy has no rule for the call',
    notAt: except(proxies),
    because: 'they make no call of the provider’s API',
  },
  handout: {
    title: 'The policy has `handout: false`',
    notAt: proxies,
    because: 'the proxy keeps the token',
  },
  background: {
    title: 'The policy has `background: false`',
    notAt: except(alone),
    because: 'the person’s own token is there',
  },
  rate: { title: 'The rate limit is used up' },
  grant: { title: 'The token or its grant is revoked' },
  audience: {
    title: 'The token is for another API',
    notAt: ['exchangeRefresh', 'vaultRefresh'],
    because: 'a refresh token has no audience',
  },
  otherApp: {
    title: 'The token is another app’s',
    notAt: ['rest', 'proxy', 'brokerV1', ...alone],
    because: 'the bearer token itself names the app, and no other app takes part',
  },
  afterWait: { title: 'The permission ends while the provider is asked' },
} as const satisfies Readonly<Record<string, Check>>;

export type CheckName = keyof typeof checks;
export const checkNames = Object.keys(checks) as readonly CheckName[];

/** Returns whether a door has a check. */
export function has(door: Door, check: CheckName): boolean {
  const { notAt = [] }: Check = checks[check];
  return !notAt.includes(door);
}

/** Returns the rows of the table: a check each, with a column per door. */
export function doorRows(): readonly string[][] {
  const head = ['Check', ...doorNames.map((_, index) => String(index + 1))];
  const row = (check: CheckName) => [
    checks[check].title,
    ...doorNames.map((door) => (has(door, check) ? '✓' : '–')),
  ];
  return [head, ...checkNames.map(row)];
}

/** Returns the lines below the table: the reasons for each `–`. */
export function doorReasons(): readonly string[] {
  return checkNames.flatMap((check) => {
    const { title, notAt = [], because = '' }: Check = checks[check];
    const numbers = notAt.map((door) => doorNames.indexOf(door) + 1).sort((one, other) => one - other);
    return notAt.length > 0 ? [`- ${title}: not at ${numbers.join(', ')}, since ${because}.`] : [];
  });
}
