import type { UpstreamDeps } from '../engine/upstream.ts';
import { checkDiscovery, checkKeys } from './check-addresses.ts';
import { checkEntries } from './check-entries.ts';
import { checkIdTokens, checkUserinfo } from './check-id-tokens.ts';
import { checkRedirectUri } from './check-redirect-uri.ts';
import { checkTokenEndpoint } from './check-token-endpoint.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';
import { observeOutbound } from './observed-outbound.ts';

/** Seconds by which clocks may differ before tokens are refused for it. */
const tolerance = 30;

/**
 * Runs all checks of a registration that need no person to sign in: entered values, published addresses and keys, and a
 * token request with an invented code. `check` uses the engine and changes nothing. It does not test consent or claims,
 * which only a sign-in shows. The findings go to the admin API and the command line.
 */
export async function checkRegistration(deps: UpstreamDeps): Promise<readonly Finding[]> {
  const { connector, registration, clock } = deps;
  const { outbound, seen } = observeOutbound(deps.outbound, clock);
  const token = observeOutbound(deps.outbound, clock);
  // At once: a provider that does not answer would otherwise take the time of all requests together.
  const [minting, discovery, keys, idTokens, userinfo, tokenEndpoint] = await Promise.all([
    checkMinting(deps),
    checkDiscovery(connector, registration, outbound),
    checkKeys(connector, registration, outbound),
    checkIdTokens(connector, registration, deps.outbound),
    checkUserinfo(connector, registration, deps.outbound),
    checkTokenEndpoint({ ...deps, outbound: token.outbound }, () => token.seen.answers),
  ]);
  return [
    checkRedirectUri(connector, registration),
    ...checkEntries(connector, registration),
    ...minting,
    discovery,
    ...keys,
    ...idTokens,
    ...userinfo,
    tokenEndpoint,
    clockFinding(token.seen.ahead ?? seen.ahead),
  ];
}

function clockFinding(ahead: number | undefined): Finding {
  if (ahead === undefined) return notTried('clock', 'The provider sent no Date header.');
  if (Math.abs(ahead) <= tolerance) return ok('clock', 'It agrees with the provider’s.');
  const how = ahead > 0 ? 'ahead of' : 'behind';
  return toFix(
    'clock',
    `Ours is ${Math.abs(ahead)} s ${how} the provider’s: have this machine, and that of the database, set by NTP.`,
  );
}

async function checkMinting({ connector, registration, clock }: UpstreamDeps): Promise<readonly Finding[]> {
  if (!connector.mintClientSecret) return [];
  try {
    await connector.mintClientSecret(registration, clock.now());
    return [];
  } catch {
    return [
      toFix('client-secret', 'No client secret can be made of what is entered: check key and options.'),
    ];
  }
}
