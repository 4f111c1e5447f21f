import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Whether the provider can take our redirect URI at all; whether it is registered there, only a sign-in tells. */
export function checkRedirectUri(
  { registrationRules, signInBy }: Connector,
  registration: Registration,
): Finding {
  const { redirectUri, endpoints } = registration;
  const { protocol, hostname } = new URL(redirectUri);
  const say = (detail: string) => toFix('redirect-uri', `${detail} It is ${redirectUri}`);
  const local = loopback.includes(hostname);
  if (signInBy === 'code')
    return ok('redirect-uri', 'None is needed: apps bring a code of the provider’s SDK.');
  if (protocol !== 'https:' && !local)
    return say('Providers send nobody back over plain http: set PUBLIC_URL to https.');
  const { refusesRedirect = [] } = registrationRules ?? {};
  const refused = [
    protocol === 'http:' && 'http',
    hostname === 'localhost' && 'localhost',
    local && hostname !== 'localhost' && 'loopback-address',
  ].find((kind) => refusesRedirect.some((one) => one === kind));
  // Plain http to a provider is for one inside the network, or a simulated one.
  if (refused && new URL(endpoints.authorization).protocol === 'http:')
    return notTried(
      'redirect-uri',
      `The live provider would refuse it (${refused}), this simulated one need not.`,
    );
  if (refused)
    return say(`This provider refuses ${refused} in a redirect URI: set PUBLIC_URL to another address.`);
  return ok('redirect-uri', `Register it with the provider as it is: ${redirectUri}`);
}
