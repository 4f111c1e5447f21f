import { fill, type Text } from '../../kit/locale.ts';
import { bracketed } from '../../kit/phrases.ts';
import type { Traits } from './contract.ts';

type Named = Pick<Traits, 'title' | 'accountName' | 'platform' | 'variant'>;

/** Returns the name of an account there, e.g. `GitHub account`. */
export function accountTitle({ title, accountName }: Named): Text {
  if (accountName) return accountName;
  const words = { en: '{title} account', zh: '{title}账号' };
  return {
    en: fill(words, 'en', { title: title.en }),
    zh: fill(words, 'zh', { title: title.zh }),
  };
}

/** Returns the name of the provider as a place to go to. */
export function platformTitle({ title, platform }: Named): Text {
  return platform ?? title;
}

/** Returns the title with what tells it from other connectors of the same title, e.g. `微信（公众号）`. */
export function fullTitle({ title, variant }: Named): Text {
  if (!variant) return title;
  return { en: bracketed(title.en, variant.en, 'en'), zh: bracketed(title.zh, variant.zh, 'zh') };
}
