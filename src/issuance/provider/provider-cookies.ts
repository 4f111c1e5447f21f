import type { Configuration } from 'oidc-provider';
import type { IssuanceDeps } from '../ports.ts';

/** `__Host-` needs the path `/`; the cookies of an interaction are bound to its own paths, so that tabs live apart. */
export function createCookies({
  secure,
  keyring,
}: Pick<IssuanceDeps, 'secure' | 'keyring'>): NonNullable<Configuration['cookies']> {
  const options = { httpOnly: true, secure, sameSite: 'lax', signed: true, overwrite: true } as const;
  return {
    keys: [...keyring.derive('cookies')],
    long: { ...options, path: '/' },
    short: options,
    names: {
      session: secure ? '__Host-symbolon_sso' : 'symbolon_sso',
      interaction: secure ? '__Secure-symbolon_interaction' : 'symbolon_interaction',
      resume: secure ? '__Secure-symbolon_resume' : 'symbolon_resume',
    },
  };
}
