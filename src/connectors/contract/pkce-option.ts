import type { Options, OptionTraits } from './options.ts';

// For providers of which some say that PKCE breaks them, and others that they want it.

export const pkceOption: OptionTraits = {
  pkce: {
    about: 'Whether PKCE is used, `on` or `off`: reports on what this provider makes of it differ.',
    default: 'on',
    values: ['on', 'off'],
  },
};

export function pkceFor({ pkce }: Options): { readonly pkce?: 'unsupported' } {
  return pkce === 'off' ? { pkce: 'unsupported' } : {};
}
