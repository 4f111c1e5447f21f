import { displayText } from '../http/display-text.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { formatMoment } from '../kit/moment.ts';
import { labelled, listed } from '../kit/phrases.ts';
import { appTexts as texts } from './app-texts.ts';
import type { AppOfAccount, AppUses } from './app-uses.ts';

/** Returns the list of the apps that may use a linked account, with what they did. */
export function appList(apps: readonly AppOfAccount[], alias: string, locale: Locale): Html {
  if (apps.length === 0) return html`${texts.noApps[locale]}`;
  const cannotWithdraw = apps.some(({ away, withdrawable }) => away === 'by operator' && !withdrawable);
  return html`<ul class="plain apps">${apps.map((app) => appRow(app, alias, locale))}</ul>${
    cannotWithdraw && html`<p class="quiet">${texts.operatorHint[locale]}</p>`
  }`;
}

function appRow(app: AppOfAccount, alias: string, locale: Locale): Html {
  const { clientId, withdrawable, away, ownApp, uses } = app;
  const appName = displayText(app.appName);
  const facts = [
    away === 'by operator' && texts.awayByOperator[locale],
    away === 'by consent' && texts.awayByConsent[locale],
    ownApp && away !== 'by operator' && texts.ownApp[locale],
    uses ? usesLine(uses, locale) : away !== 'no' && texts.notUsed[locale],
    uses && uses.reasons.length > 0 && reasonsLine(uses.reasons, locale),
  ];
  const href = `/account/apps/${encodeURIComponent(clientId)}/withdraw?${new URLSearchParams({ connection: alias })}`;
  const label = labelled(texts.withdraw[locale], appName, locale);
  return html`<li class="row"><span><span class="name">${appName}</span>${facts.map(
    (fact) => fact && html`<br><span class="quiet name">${fact}</span>`,
  )}</span> ${withdrawable && html`<a href="${href}" aria-label="${label}">${texts.withdraw[locale]}</a>`}</li>`;
}

function usesLine({ lastAt, count, away }: AppUses, locale: Locale): Html {
  const often =
    count === 1 ? texts.usedOnce[locale] : fill(texts.usedTimes, locale, { count: String(count) });
  const whileAway = away > 0 && away < count && fill(texts.usedAway, locale, { count: String(away) });
  const time = html`<time datetime="${lastAt.toISOString()}">${formatMoment(lastAt, locale)}</time>`;
  return locale === 'zh'
    ? html`${texts.lastUsed[locale]}：${time}，${often}${whileAway && `，${whileAway}`}`
    : html`${texts.lastUsed[locale]}: ${time}, ${often}${whileAway && `, ${whileAway}`}`;
}

function reasonsLine(reasons: readonly string[], locale: Locale): string {
  const quoted = reasons.map((reason) => `“${displayText(reason)}”`);
  return labelled(texts.reasons[locale], listed(quoted, locale), locale);
}
