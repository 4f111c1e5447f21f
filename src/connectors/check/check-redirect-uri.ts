import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Checks whether the provider can accept the redirect URI. Only a sign-in shows whether it is registered there. */
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
    return say('Providers refuse plain http in a redirect URI: set PUBLIC_URL to https.');
  const { refusesRedirect = [] } = registrationRules ?? {};
  const refused = [
    protocol === 'http:' && 'http',
    hostname === 'localhost' && 'localhost',
    local && hostname !== 'localhost' && 'loopback-address',
  ].find((kind) => refusesRedirect.some((one) => one === kind));
  // A provider at a plain http address is a simulated one, or one inside the network.
  if (refused && new URL(endpoints.authorization).protocol === 'http:')
    return notTried(
      'redirect-uri',
      `The live provider would refuse it (${refused}), this simulated one need not.`,
    );
  if (refused)
    return say(`This provider refuses ${refused} in a redirect URI: set PUBLIC_URL to another address.`);
  return ok('redirect-uri', `Register it with the provider as it is: ${redirectUri}`);
}
