import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { days, hours } from '../kit/clock.ts';
import { type Html, html } from '../kit/html.ts';
import {
  flowLanguageCookie,
  htmlLang,
  type Locale,
  languageCookie,
  locales,
  type Text,
} from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { hostCookieOptions } from './cookies.ts';

/** The request that a page answers, of Express or Koa. */
export interface PageRequest {
  readonly method?: string | undefined;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
}

/** The languages by their own names, for people who cannot read the other one. */
const names: Record<Locale, string> = { en: 'English', zh: '中文' };
const label: Text = { en: 'Language', zh: '语言' };

/** Returns the links by which a person changes the language of all pages. */
export function languageSwitch(locale: Locale, request: PageRequest | undefined): Html {
  const back = request && wayBack(request);
  const query = back === undefined ? '' : `?to=${encodeURIComponent(back)}`;
  const links = locales.map((other, index) => {
    const dot = index > 0 && html` <span aria-hidden="true">·</span> `;
    if (other === locale)
      return html`${dot}<b lang="${htmlLang[other]}" aria-current="true">${names[other]}</b>`;
    const language = htmlLang[other];
    return html`${dot}<a href="/language/${other}${query}" rel="nofollow" lang="${language}" hreflang="${language}">${names[other]}</a>`;
  });
  return html`<nav class="languages" aria-label="${label[locale]}">${links}</nav>`;
}

/** Handles a choice of language: it sets the cookies, and shows the page again. */
export function chooseLanguage(issuer: string): RequestHandler {
  const options = hostCookieOptions(issuer.startsWith('https://'));
  return (request, response) => {
    const locale = locales.find((known) => known === request.params.locale);
    if (!locale) throw new Problem('not_found');
    // A link on another site changes nothing. The person sees the page in the language as it was.
    if (request.headers['sec-fetch-site'] !== 'cross-site') {
      response.cookie(languageCookie, locale, { ...options, maxAge: days(365) });
      // The choice wins over that of the app. The next sign-in of an app begins anew.
      response.cookie(flowLanguageCookie, locale, { ...options, maxAge: hours(1) });
    }
    response.set('Cache-Control', 'no-store').redirect(303, target(request, issuer));
  };
}

/** Returns the path of the page to show again. A posted form has no address to return to, but the page with the form has. */
function wayBack({ method, originalUrl, headers }: PageRequest): string | undefined {
  const asked = method === 'GET' || method === 'HEAD' ? originalUrl : headers.referer;
  if (asked === undefined || !URL.canParse(asked, 'http://here')) return undefined;
  const url = new URL(asked, 'http://here');
  return isSpent(url) ? undefined : pathOf(url);
}

/** Only a path of this origin is followed, so that no link of ours leads to another site. */
function target({ query, headers }: Request, issuer: string): string {
  const wished = typeof query.to === 'string' ? query.to : headers.referer;
  if (wished === undefined || !URL.canParse(wished, issuer)) return '/account';
  const url = new URL(wished, issuer);
  if (url.origin !== new URL(issuer).origin || url.pathname.startsWith('/language/')) return '/account';
  if (isSpent(url)) return '/account';
  // It would win over the choice.
  url.searchParams.delete('ui_locales');
  return pathOf(url);
}

/** Returns whether the URL is a provider's answer or ours to our own client, which counts once. */
function isSpent({ pathname, searchParams }: URL): boolean {
  return pathname.endsWith('/callback') || searchParams.has('code');
}

/** A browser reads a path that begins with two slashes as the address of another host (RFC 3986 section 4.2). */
function pathOf({ pathname, search }: URL): string {
  return `${pathname.replace(/^\/+/, '/')}${search}`;
}
