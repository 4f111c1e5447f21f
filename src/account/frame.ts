import { displayText } from '../http/display-text.ts';
import type { Page } from '../http/page.ts';
import type { User } from '../identities/identities.ts';
import { type Html, html } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';
import { texts } from './texts.ts';

const places = {
  '/account': { en: 'Overview', zh: '概览' },
  '/account/activity': { en: 'Activity', zh: '使用记录' },
  '/account/sessions': { en: 'Where you are signed in', zh: '登录设备' },
  '/account/data': { en: 'My data', zh: '我的数据' },
} satisfies Record<string, Text>;

export type Place = keyof typeof places;

const navigation: Text = { en: 'My account', zh: '我的账号' };

/** Returns a page of the account with its navigation. `place`: undefined for a page below one of the four. */
export function framed(
  { locale, user, place }: { readonly locale: Locale; readonly user: User; readonly place?: Place },
  { title, body }: { readonly title: string; readonly body: Html },
): Page {
  const links = Object.entries(places).map(([path, words]) => {
    const here = path === place ? 'page' : 'false';
    return html`<a href="${path}" aria-current="${here}">${words[locale]}</a>`;
  });
  const name = displayText(user.name);
  return {
    title,
    locale,
    script: true,
    aside: name ? html`<span class="name quiet">${name}</span>` : html``,
    body: html`<nav class="tabs" aria-label="${navigation[locale]}">${links}</nav>
${body}`,
  };
}

/** Returns the title of a place, as its link names it. */
export function placeTitle(place: Place, locale: Locale): string {
  return place === '/account' ? texts.title[locale] : places[place][locale];
}
