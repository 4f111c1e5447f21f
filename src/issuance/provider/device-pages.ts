import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { displayText } from '../../http/display-text.ts';
import { reference } from '../../http/errors.ts';
import { renderPage } from '../../http/page.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { type Html, html } from '../../kit/html.ts';
import { type Locale, localeOf, type Text } from '../../kit/locale.ts';
import { fillHtml } from '../../kit/phrases.ts';
import { oidcScopes, providerTokenScope } from '../consent/resource-servers.ts';
import type { Connections } from '../ports.ts';
import { createAppLooks } from '../registry/app-looks.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { DeviceGuesses } from './device-guesses.ts';
import { deviceTexts as texts } from './device-texts.ts';
import { renderFailure } from './pages.ts';
import { texts as roomTexts } from './texts.ts';

export interface DevicePagesDeps {
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly connections: Pick<Connections, 'namesOf'>;
  readonly guesses: Pick<DeviceGuesses, 'wrong' | 'prefilled'>;
}

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;

/** The letters cannot be taken for each other, and spell no words. */
const codes = { charset: 'base-20', mask: '****-****' } as const;

/** Returns the feature with our pages: the code is entered, compared with the device, and answered. */
export function createDeviceFlow({ apps, connections, guesses }: DevicePagesDeps): DeviceFlow {
  const looksOf = createAppLooks(apps);

  /** Returns the requested scopes in words. The consent page tells more, but an operator's own app has none. */
  async function asked(params: KoaContextWithOIDC['oidc']['params'], locale: Locale): Promise<Html[]> {
    const scopes = String(params?.scope ?? '').split(' ');
    const words = oidcScopes
      .filter((scope) => scopes.includes(scope))
      .map((scope) => html`${roomTexts[scope][locale]}`);
    const accounts = scopes.flatMap((scope) =>
      scope.startsWith(providerTokenScope) ? [scope.slice(providerTokenScope.length)] : [],
    );
    const lines = accounts.map(async (alias) => {
      const names = await connections.namesOf(alias);
      const values = { platform: names?.platform[locale] ?? alias, account: names?.account[locale] ?? alias };
      return fillHtml(texts.use, locale, values);
    });
    return [...words, ...(await Promise.all(lines))];
  }

  return {
    enabled: true,
    ...codes,
    deviceInfo: () => ({}),
    async userCodeInputSource(ctx, _form, _out, error) {
      const name = error?.name ?? '';
      if (name === 'NotFoundError') guesses.wrong(ctx.req);
      if (isDatabaseUnavailable(error)) return renderFailure(ctx, error);
      const locale = localeOf(ctx);
      if (name === 'AbortedError')
        return send(ctx, texts.title, html`<p role="status">${texts.refused[locale]}</p>`);
      if (error) ctx.status = 400;
      const value = displayText(guesses.prefilled(ctx.req), 40);
      send(
        ctx,
        texts.title,
        html`${error && notice(error, locale)}
<form class="stack" method="post" action="/device">
<input type="hidden" name="xsrf" value="${String(ctx.oidc.session?.state?.secret)}">
<label>${texts.enter[locale]} <input class="code" name="user_code" value="${value}" required maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false"></label>
<button>${texts.goOn[locale]}</button>
</form>`,
      );
    },
    async userCodeConfirmSource(ctx, _form, client, _info, userCode) {
      const locale = localeOf(ctx);
      const { DeviceCode: code } = ctx.oidc.entities as { DeviceCode?: { params?: Record<string, unknown> } };
      const [{ displayName }, lines] = await Promise.all([
        looksOf(client.clientId),
        asked(code?.params, locale),
      ]);
      const app = displayText(displayName?.[locale] ?? client.clientName ?? client.clientId);
      const host = hostOf(client);
      send(
        ctx,
        texts.confirm,
        html`<p>${fillHtml(texts.asks, locale, { app }, (value) => html`<b class="name">${value}</b>`)}</p>
${host !== undefined && html`<p class="quiet">${fillHtml(texts.at, locale, { host })}</p>`}
<p>${texts.compare[locale]}</p>
<p class="code"><b>${userCode}</b></p>
<div class="notice bad"><p>${texts.warning[locale]}</p><p>${texts.phishing[locale]}</p></div>
${lines.length > 0 && html`<section class="card"><h2>${texts.asksFor[locale]}</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`}
<form class="stack" method="post" action="/device">
<input type="hidden" name="xsrf" value="${String(ctx.oidc.session?.state?.secret)}">
<input type="hidden" name="user_code" value="${userCode}">
<input type="hidden" name="confirm" value="yes">
<button>${texts.same[locale]}</button>
<button class="plain" name="abort" value="yes">${texts.notMine[locale]}</button>
</form>`,
      );
    },
    async successSource(ctx) {
      const locale = localeOf(ctx);
      send(
        ctx,
        texts.done,
        html`<p role="status">${texts.back[locale]}</p>
<p class="quiet">${texts.manage[locale]}</p>
<p><a class="button plain" href="/account">${roomTexts.account[locale]}</a></p>`,
      );
    },
  };
}

const notices: Readonly<Record<string, Text>> = {
  NoCodeError: texts.noCode,
  NotFoundError: texts.unknown,
  ExpiredError: texts.expired,
  AlreadyUsedError: texts.used,
};

function notice({ name, message }: Error, locale: Locale): Html {
  const known = notices[name] ?? (message === 'invalid_request' ? texts.outdated : undefined);
  const words = known ?? roomTexts.failed;
  return html`<div class="notice bad" role="alert"><p>${words[locale]}</p>${!known && html`<p class="quiet">${reference(message, locale)}</p>`}</div>`;
}

/** The host of the app's home page, which the operator has registered. */
function hostOf({ clientUri }: Client): string | undefined {
  return URL.parse(clientUri ?? '')?.host || undefined;
}

function send(ctx: KoaContextWithOIDC, title: Text, content: Html): void {
  const locale = localeOf(ctx);
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  const body = html`<h1>${title[locale]}</h1>
${content}`;
  ctx.body = renderPage({ title: title[locale], locale, body }, ctx.request);
}
