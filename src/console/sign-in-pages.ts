import { html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { fill } from '../kit/locale.ts';
import type { Connection } from '../login/connections.ts';
import { frameTexts as texts } from './frame-texts.ts';
import type { View } from './visit.ts';

export interface SignInView {
  readonly locale: Locale;
  /** The path of the console to return to. */
  readonly to: string;
  readonly fresh: boolean;
  /** The connections that count for the console; undefined: all. */
  readonly ways: readonly Connection[] | undefined;
}

/** Returns the page that leads to the sign-in. It has links and no form, since the way leads over other hosts. */
export function signInPage(view: SignInView): View {
  const { locale, fresh } = view;
  const title = texts.signInTitle[locale];
  const body = html`<h1>${title}</h1>
<p>${(fresh ? texts.signInFresh : texts.signInHint)[locale]}</p>
${links(view)}`;
  return { title, body };
}

/** Returns the page for a person who came by a connection that does not count for the console. */
export function refusedWayPage(view: SignInView): View {
  const title = texts.signInTitle[view.locale];
  const body = html`<h1>${title}</h1>
<p role="alert">${texts.wayRefused[view.locale]}</p>
${links(view)}`;
  return { title, body, status: 403 };
}

function links({ locale, to, fresh, ways }: SignInView) {
  const href = (connection?: string) =>
    `/console/sign-in/go?${new URLSearchParams({ to, ...(fresh && { fresh: '1' }), ...(connection !== undefined && { connection }) })}`;
  if (!ways) return html`<p class="stack"><a class="button" href="${href()}">${texts.signIn[locale]}</a></p>`;
  if (ways.length === 0) return html`<p role="alert">${texts.noWays[locale]}</p>`;
  return html`<p class="stack">${ways.map(
    ({ alias, connector }) =>
      html`<a class="button" href="${href(alias)}">${fill(texts.signInWith, locale, { provider: connector.title[locale] })}</a>
`,
  )}</p>`;
}
