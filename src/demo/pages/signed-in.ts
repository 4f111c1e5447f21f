import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale, type Text } from '../../kit/locale.ts';
import { formatMoment } from '../../kit/moment.ts';
import type { ReadToken } from '../access-token.ts';
import type { Answer, LinkedIdentity } from '../broker-api.ts';
import type { DemoConnection } from '../options.ts';
import { canCall } from '../provider-calls.ts';
import { states, texts } from '../texts.ts';
import { json } from './layout.ts';
import { refusalNotice } from './refusal.ts';
import { ways } from './ways.ts';

export interface SignedInView {
  readonly userinfo: Readonly<Record<string, unknown>>;
  readonly identities: Answer<readonly LinkedIdentity[]>;
  readonly token: ReadToken;
  readonly accountUrl: string;
  readonly title: (alias: string) => Text;
  /** The connections of which the demo may use no account yet. */
  readonly further: readonly DemoConnection[];
}

/** The signed-in user, the linked accounts, and the content of the access token. */
export function signedInPage(view: SignedInView, locale: Locale): Html {
  const { userinfo, identities, token, accountUrl, title, further } = view;
  return html`<section class="card person">${face(userinfo.picture, userinfo.name)}
<div><h1>${text(userinfo.name) ?? texts.you[locale]}</h1><p class="quiet">${text(userinfo.email) ?? text(userinfo.sub)}</p></div></section>
<h2>${texts.identities[locale]}</h2>
${'refusal' in identities ? refusalNotice(identities.refusal, locale) : identityCards(identities.value, title, locale)}
${further.length > 0 && connectMore(further, locale)}
<div class="row"><a class="button plain" href="${accountUrl}">${texts.accountPage[locale]}</a>
<form method="post" action="/refresh"><button class="plain">${texts.refresh[locale]}</button></form>
<form method="post" action="/sign-out"><button class="plain">${texts.signOut[locale]}</button></form></div>
${tokenSection(token, locale)}
<h2>${texts.userinfo[locale]}</h2>
${json(userinfo)}`;
}

/** A form that asks for one further account. */
function connectMore(further: readonly DemoConnection[], locale: Locale): Html {
  return html`<details class="card"><summary>${texts.linkAnother[locale]}</summary>
<p class="quiet">${texts.connectHint[locale]}</p>
<form class="stack" method="post" action="/connect">${ways(further, locale, (title) => title)}</form></details>`;
}

type Titles = SignedInView['title'];

function identityCards(identities: readonly LinkedIdentity[], title: Titles, locale: Locale): Html {
  if (identities.length === 0) return html`<p class="card">${texts.noIdentities[locale]}</p>`;
  return html`${identities.map((identity) => identityCard(identity, title(identity.connection)[locale], locale))}`;
}

function identityCard(
  { id, provider, name, picture, subject, token }: LinkedIdentity,
  title: string,
  locale: Locale,
) {
  return html`<section class="card person">${face(picture, name ?? title)}
<div><b>${title}</b> ${name !== null && html`<bdi>${name}</bdi>`}
<p class="quiet">${subject}</p>${token && health(token, locale)}</div>
${
  canCall(provider) &&
  html`<form method="post" action="/call"><input type="hidden" name="identity" value="${id}"><button>${fill(texts.callOf, locale, { provider: title })}</button></form>`
}
</section>
`;
}

function health({ state, reason, expires_at }: NonNullable<LinkedIdentity['token']>, locale: Locale): Html {
  const healthy = state === 'active' || state === 'expiring' || state === 'refreshing';
  const until =
    expires_at === null
      ? texts.noEnd[locale]
      : html`<time>${formatMoment(new Date(expires_at), locale)}</time>`;
  return html`<p class="quiet"><span class="${healthy ? 'good' : 'warn'}">${states[state]?.[locale] ?? state}</span>${reason !== null && (locale === 'zh' ? `（${reason}）` : ` (${reason})`)} · ${locale === 'zh' ? html`${texts.expires.zh}：${until}` : html`${texts.expires.en} ${until}`}</p>`;
}

function tokenSection({ fault, header, claims }: ReadToken, locale: Locale): Html {
  const heading = html`<h2>${texts.accessToken[locale]}</h2>`;
  if (claims === null) return html`${heading}<p class="card">${texts.opaque[locale]}</p>`;
  const verdict =
    fault === undefined
      ? html`<p class="good">✓ ${texts.verified[locale]}</p>`
      : html`<p class="warn">${texts.notVerified[locale]}${locale === 'en' && ' '}${fault}</p>`;
  return html`${heading}${verdict}
<h3>${texts.header[locale]}</h3>${json(header)}
<h3>${texts.claims[locale]}</h3>${json(claims)}`;
}

function face(picture: unknown, name: unknown): Html {
  const url = text(picture);
  if (url !== undefined && /^https?:/.test(url))
    return html`<img src="${url}" alt="" width="48" height="48">`;
  return html`<span class="initial" aria-hidden="true">${[...(text(name) ?? '?')][0]}</span>`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
