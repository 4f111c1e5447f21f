import type { Connection } from './connections.ts';

type Named = Pick<Connection, 'connector' | 'registration' | 'endpoints'>;

/**
 * Whether an answer is of another issuer (RFC 9207): then it is a mix-up, and its code is not ours to redeem. An answer that
 * names none is another's where the provider promises to name itself.
 *
 * A provider that begins to name itself may use a name that we did not know. Where the issuer is the provider's word or the
 * admin's, that is refused. Where it is of our own choice, as no standard asks plain OAuth 2.0 for one, a name under a
 * domain of the provider is taken: each connection has a callback address of its own, which is the defence against a
 * mix-up that needs no name (RFC 9700 section 4.4.2).
 */
export function isOfAnotherIssuer(connection: Named, iss: string | undefined): boolean {
  const { connector, registration } = connection;
  if (iss === undefined) return connector.statesIssuer === true;
  const { callbackIssuers = [], native } = connector;
  if ([registration.issuer, ...callbackIssuers, ...(native?.issuers ?? [])].includes(iss)) return false;
  if (isOneOfMany(registration.issuer, iss)) return false;
  return !(isOurChoice(connection) && isAtHome(connection, iss));
}

/** Of a provider whose issuer differs from tenant to tenant; which one it may be, the ID token is asked. */
function isOneOfMany(template: string, iss: string): boolean {
  const [before, after, ...more] = template.split(/\{\w+\}/);
  if (before === undefined || after === undefined || more.length > 0) return false;
  const tenant = iss.slice(before.length, iss.length - after.length);
  return iss === `${before}${tenant}${after}` && /^[\w-]{1,64}$/.test(tenant);
}

function isOurChoice({ connector, endpoints }: Named): boolean {
  return (
    connector.family !== 'oidc' &&
    !connector.statesIssuer &&
    connector.callbackIssuers === undefined &&
    endpoints.issuer === undefined
  );
}

function isAtHome({ connector, registration }: Named, iss: string): boolean {
  const given = URL.parse(iss);
  // RFC 9207 section 2: an https address without query and fragment, compared as text.
  if (given?.search !== '' || given.hash !== '' || given.username !== '') return false;
  if (given.href !== iss && given.href !== `${iss}/`) return false;
  const own = [registration.issuer, ...Object.values(registration.endpoints).map(String)];
  const homes = own.flatMap((address) => URL.parse(address) ?? []);
  const isInsecure = given.protocol !== 'https:';
  if (isInsecure) return homes.some(({ origin }) => origin === given.origin);
  const domains = [...homes.map(({ hostname }) => siteOf(hostname)), ...(connector.domains ?? [])];
  return domains.some((domain) => given.hostname === domain || given.hostname.endsWith(`.${domain}`));
}

const secondLevels = /^(ac|co|com|edu|go|gov|ne|net|or|org)$/;

/** The name that one owner has registered; an address stands for itself. */
function siteOf(hostname: string): string {
  const labels = hostname.split('.');
  if (/^[\d.]+$|^\[/.test(hostname)) return hostname;
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && secondLevels.test(second) ? -3 : -2).join('.');
}
