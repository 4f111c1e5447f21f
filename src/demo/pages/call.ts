import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import type { Answer, ProviderToken } from '../broker-api.ts';
import type { ProviderAnswer } from '../call-provider.ts';
import { maskedRequest } from '../provider-calls.ts';
import { texts } from '../texts.ts';
import { json } from './layout.ts';
import { refusalNotice } from './refusal.ts';

export interface CallView {
  readonly identityId: string;
  readonly token: Answer<ProviderToken>;
  readonly answer: ProviderAnswer | undefined;
  readonly title: (alias: string) => Text;
}

/** The request to the provider with its token, and the answer. */
export function callPage({ identityId, token, answer, title }: CallView, locale: Locale): Html {
  const heading = 'value' in token ? title(token.value.identity.connection)[locale] : texts.title[locale];
  return html`<h1>${heading}</h1>
${'refusal' in token ? refusalNotice(token.refusal, locale) : conversation(token.value, answer, locale)}
<div class="row">
<form method="post" action="/call"><input type="hidden" name="identity" value="${identityId}"><button>${texts.callAgain[locale]}</button> <button class="plain" name="fresh" value="true">${texts.callFresh[locale]}</button></form>
<a class="button plain" href="/">${texts.back[locale]}</a>
</div>
${'value' in token && facts(token.value, locale)}`;
}

function conversation(token: ProviderToken, answer: ProviderAnswer | undefined, locale: Locale): Html {
  const request = maskedRequest(token);
  if (!request) return html`<p class="card notice">${texts.noCall[locale]}</p>`;
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  return html`<h2>${texts.request[locale]}</h2>
<pre>${[`GET ${request.url.href}`, ...lines].join('\n')}</pre>
<h2>${texts.answer[locale]}</h2>
${
  answer
    ? html`<p class="quiet">${answer.status} ${answer.contentType}</p>
<pre>${answer.text}</pre>`
    : html`<p class="card notice">${texts.silent[locale]}</p>`
}`;
}

/** Headers without the token. */
function facts({ identity, expires_at, scope, usage, parameters }: ProviderToken, locale: Locale): Html {
  return html`<h2>${texts.tokenFacts[locale]}</h2>
${json({ identity, expires_at, scope, usage, parameters: Object.keys(parameters) })}`;
}
