import type { Finding } from '../connectors/check/finding.ts';
import type { Connector } from '../connectors/contract/contract.ts';
import type { OptionTrait } from '../connectors/contract/options.ts';
import { findConnector, providers } from '../connectors/registry.ts';
import type { Page } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { bracketed, labelled } from '../kit/phrases.ts';
import { setupPath } from './paths.ts';
import { endpointField, optionField } from './setup-form.ts';
import { texts } from './texts.ts';

export function setupStartPage(locale: Locale, csrf: Html): Page {
  const title = texts.setupTitle[locale];
  const body = html`<h1>${title}</h1>
<p>${texts.setupStart[locale]}</p>
<form class="stack" method="post" action="${setupPath}">${csrf}<button>${texts.setupButton[locale]}</button></form>`;
  return { title, locale, body };
}

export function choosePage(locale: Locale): Page {
  const title = texts.setupTitle[locale];
  const choices = providers.map((name) => {
    const connector = findConnector(name);
    return html`<option value="${name}">${connector ? connector.title[locale] : name}</option>`;
  });
  const body = html`<h1>${title}</h1>
<form class="stack" method="get" action="${setupPath}">
<label for="provider">${texts.provider[locale]}</label>
<select id="provider" name="provider">${choices}</select>
<button>${texts.next[locale]}</button>
</form>`;
  return { title, locale, body };
}

export interface EnterView {
  readonly locale: Locale;
  readonly connector: Connector;
  readonly redirectUri: string;
  readonly csrf: Html;
  readonly faults?: readonly string[];
}

export function enterPage({ locale, connector, redirectUri, csrf, faults = [] }: EnterView): Page {
  const title = labelled(texts.setupTitle[locale], connector.title[locale], locale);
  const wrong =
    faults.length > 0 &&
    html`<div class="notice bad" role="alert"><p>${texts.wrong[locale]}</p><ul>${faults.map((one) => html`<li>${one}</li>`)}</ul></div>`;
  const endpoints = (connector.perConnection ?? []).map((name) =>
    input(
      endpointField + name,
      bracketed(fill(texts.address, locale, { name }), texts.optional[locale], locale),
      {
        required: false,
      },
    ),
  );
  const options = Object.entries(connector.options ?? {}).map(([name, trait]) =>
    optionInput(locale, name, trait),
  );
  const body = html`<h1>${title}</h1>
${wrong}<p>${texts.register[locale]}</p>
<p><code>${redirectUri}</code></p>
<p>${texts.enter[locale]}</p>
<form class="stack" method="post" action="${setupPath}/connection" autocomplete="off">${csrf}
<input type="hidden" name="provider" value="${connector.provider}">
${input('client_id', texts.clientId[locale], { required: true })}
${input('client_secret', texts.clientSecret[locale], { type: 'password' })}
${endpoints}
${options}
<button>${texts.save[locale]}</button>
<a class="button plain" href="${setupPath}">${texts.otherProvider[locale]}</a>
</form>`;
  return { title, locale, body };
}

function optionInput(locale: Locale, name: string, { about, required, secret }: OptionTrait): Html {
  const label = required ? name : bracketed(name, texts.optional[locale], locale);
  const kind = secret ? { type: 'password' as const } : {};
  return input(optionField + name, label, { ...kind, required: required ?? false, about });
}

interface InputTraits {
  readonly type?: 'text' | 'password';
  readonly required?: boolean;
  readonly about?: string;
}

function input(
  name: string,
  label: string,
  { type = 'text', required = false, about }: InputTraits = {},
): Html {
  const hint = about !== undefined && html`<p class="quiet" id="${name}-hint" lang="en">${about}</p>`;
  const described = about !== undefined && html` aria-describedby="${name}-hint"`;
  return html`<div><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" maxlength="8192" autocomplete="off" spellcheck="false"${required && html` required`}${described}>${hint}</div>`;
}

export interface ConnectedView {
  readonly locale: Locale;
  readonly csrf: Html;
  readonly title: string;
  readonly redirectUri: string;
  readonly signInUrl: string;
  readonly findings: readonly Finding[];
}

const verdicts = { ok: texts.verdictOk, 'to-fix': texts.verdictFix, 'not-tried': texts.verdictUntried };

export function connectedPage({
  locale,
  csrf,
  title: provider,
  redirectUri,
  signInUrl,
  findings,
}: ConnectedView): Page {
  const title = fill(texts.added, locale, { provider });
  const results = findings.map(
    ({ verdict, detail }) =>
      html`<li><strong>${verdicts[verdict][locale]}</strong>${locale === 'zh' ? '：' : ': '}<span class="name" lang="en">${detail}</span></li>`,
  );
  const body = html`<h1>${title}</h1>
<p>${texts.register[locale]}</p>
<p><code>${redirectUri}</code></p>
${results.length > 0 && html`<div role="status"><ul>${results}</ul></div>`}
<div class="stack">
<a class="button" href="${signInUrl}">${fill(texts.signInWith, locale, { provider })}</a>
<form class="stack" method="post" action="${setupPath}/check">${csrf}<button class="plain">${texts.check[locale]}</button></form>
<form class="stack" method="post" action="${setupPath}/start-over">${csrf}<button class="danger">${texts.startOver[locale]}</button></form>
</div>`;
  return { title, locale, body };
}
