import type { Text } from '../../kit/locale.ts';

/** The traits by which pages name and show a provider. */
export interface NameTraits {
  /** The provider's name on pages. */
  readonly title: Text;
  /** The name of an account there, where it is not the title and the word "account": `华为账号`. */
  readonly accountName?: Text;
  /** The name of the provider as a place, where the title is not one: a person goes to `华为`. */
  readonly platform?: Text;
  /** The words on a sign-in button, where the provider's rules for its button say them. */
  readonly buttonWords?: Text;
  /** The remark that tells this connector from others with the same title, e.g. `公众号`. */
  readonly variant?: Text;
  /** The Chinese name in pinyin, syllable by syllable, for the search on pages. */
  readonly pinyin?: string;
  /**
   * The look that the provider wants for the button of its sign-in (docs/sign-in-page.md). `coloured`: the mark in its colours
   * on white or near-black. `inked`: white on black, or black on white.
   */
  readonly buttonLook?: 'coloured' | 'inked';
}
