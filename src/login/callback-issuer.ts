import type { Connection } from './connections.ts';

type CallbackConnection = Pick<Connection, 'connector' | 'registration' | 'endpoints'>;

/**
 * Returns true if the callback comes from another issuer (RFC 9207): a mix-up attack, so its code must not be
 * redeemed. A callback without `iss` counts as another issuer's if the provider promises to send one.
 *
 * A provider that begins to send `iss` may use a name that the broker does not know. If the expected issuer
 * was stated by the provider or the admin, another name is refused. If the broker chose it, because no
 * standard gives plain OAuth 2.0 an issuer, a name under the provider's domain is accepted. The defence is
 * then the callback address, which each connection has for itself (RFC 9700 section 4.4.2).
 */
export function isOfAnotherIssuer(connection: CallbackConnection, iss: string | undefined): boolean {
  const { connector, registration } = connection;
  if (iss === undefined) return connector.statesIssuer === true;
  const { callbackIssuers = [], native } = connector;
  if ([registration.issuer, ...callbackIssuers, ...(native?.issuers ?? [])].includes(iss)) return false;
  if (matchesTenantTemplate(registration.issuer, iss)) return false;
  return !(isChosenByBroker(connection) && isUnderProviderDomain(connection, iss));
}

/** Matches a provider whose issuer has a tenant in it. The ID token is checked later for the tenant. */
function matchesTenantTemplate(template: string, iss: string): boolean {
  const [prefix, suffix, ...more] = template.split(/\{\w+\}/);
  if (prefix === undefined || suffix === undefined || more.length > 0) return false;
  const tenant = iss.slice(prefix.length, iss.length - suffix.length);
  return iss === `${prefix}${tenant}${suffix}` && /^[\w-]{1,64}$/.test(tenant);
}

function isChosenByBroker({ connector, endpoints }: CallbackConnection): boolean {
  return (
    connector.family !== 'oidc' &&
    !connector.statesIssuer &&
    connector.callbackIssuers === undefined &&
    endpoints.issuer === undefined
  );
}

function isUnderProviderDomain({ connector, registration }: CallbackConnection, iss: string): boolean {
  const url = URL.parse(iss);
  // RFC 9207 section 2: an https address without query and fragment, compared as text.
  if (url?.search !== '' || url.hash !== '' || url.username !== '') return false;
  if (url.href !== iss && url.href !== `${iss}/`) return false;
  const addresses = [registration.issuer, ...Object.values(registration.endpoints).map(String)];
  const known = addresses.flatMap((address) => URL.parse(address) ?? []);
  const isInsecure = url.protocol !== 'https:';
  if (isInsecure) return known.some(({ origin }) => origin === url.origin);
  const domains = [...known.map(({ hostname }) => registrableDomain(hostname)), ...(connector.domains ?? [])];
  return domains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}

/** Second levels under country domains, such as `co` in `example.co.uk`, below which names are registered. */
const secondLevels = /^(ac|co|com|edu|go|gov|ne|net|or|org)$/;

/** Returns the registrable domain of a host name; an IP address is returned as it is. */
function registrableDomain(hostname: string): string {
  const labels = hostname.split('.');
  if (/^[\d.]+$|^\[/.test(hostname)) return hostname;
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && secondLevels.test(second) ? -3 : -2).join('.');
}
