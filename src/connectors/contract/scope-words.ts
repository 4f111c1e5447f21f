import type { Text } from '../../kit/locale.ts';
import { type ScopeCover, synonymOf } from './scope-cover.ts';

/** What a scope allows, in words for people. The sentence follows "may". */
export type ScopeWords = Readonly<Record<string, Text>>;

/** Returns the words of a table of pairs: English, Chinese. */
export function scopeWords(pairs: Readonly<Record<string, readonly [en: string, zh: string]>>): ScopeWords {
  return Object.fromEntries(Object.entries(pairs).map(([name, [en, zh]]) => [name, { en, zh }]));
}

/** The scopes of OpenID Connect Core section 5.4 and 11, which many providers share. */
const common = scopeWords({
  openid: ['know that it is you', '获取您的用户标识'],
  profile: ['see your name and picture', '获取您的昵称和头像'],
  email: ['see your e-mail address', '获取您的邮箱地址'],
  phone: ['see your phone number', '获取您的手机号码'],
  address: ['see your postal address', '获取您的通讯地址'],
  offline_access: ['keep its access while you are away', '在您不使用时仍可继续访问'],
});

/** The part of a connector that is read here. */
interface Described {
  readonly scopes: {
    readonly synonyms?: Readonly<Record<string, string>>;
    readonly cover?: ScopeCover;
  };
  readonly scopeWords?: ScopeWords;
}

/** Returns the words for a provider's scope; undefined if none are known. */
export function wordsOfScope({ scopes, scopeWords: own = {} }: Described, scope: string): Text | undefined {
  const { normal = (name: string) => name } = scopes.cover ?? {};
  const wanted = normal(synonymOf(scopes, scope));
  for (const table of [own, common]) {
    const found = Object.entries(table).find(([name]) => name === scope || normal(name) === wanted);
    if (found) return found[1];
  }
  return undefined;
}
