import { displayText } from '../http/display-text.ts';
import { momentTag, momentText, type Reader } from '../http/local-time.ts';
import { siteName } from '../http/looks.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { clauses, fillHtml, labelled, listed } from '../kit/phrases.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
import { apiUseTexts } from './api-use-texts.ts';
import { appTexts } from './app-texts.ts';
import type { AppOfAccount } from './app-uses.ts';
import { useTexts as texts } from './use-texts.ts';

/** Returns the list of the apps that may use a linked account, with what they did. */
export function appList(apps: readonly AppOfAccount[], alias: string, reader: Reader): Html {
  const { locale } = reader;
  if (apps.length === 0) return html`${appTexts.noApps[locale]}`;
  const cannotWithdraw = apps.some(({ away, withdrawable }) => away === 'by operator' && !withdrawable);
  const hasOwn = apps.some(({ ownApp, withdrawable }) => ownApp && !withdrawable);
  return html`<ul class="plain apps">${apps.map((app) => appRow(app, alias, reader))}</ul>${
    hasOwn
      ? html`<p class="quiet">${texts.onlyUnlink[locale]}</p>`
      : cannotWithdraw && html`<p class="quiet">${appTexts.operatorHint[locale]}</p>`
  }`;
}

function appRow(app: AppOfAccount, alias: string, reader: Reader): Html {
  const { locale } = reader;
  const { clientId, withdrawable, away, ownApp, allowed, use, through, direct } = app;
  const appName = displayText(app.title[locale]);
  const facts = [
    !allowed && texts.former[locale],
    throughWords({ through, direct }, locale),
    ownApp && partOfSite(locale),
    away === 'by operator' && appTexts.awayByOperator[locale],
    away === 'by consent' && appTexts.awayByConsent[locale],
    use ? useLine(use, reader) : texts.neverUsed[locale],
    use?.lastReason && fill(texts.reason, locale, { reason: displayText(use.lastReason) }),
  ];
  const path = `/account/apps/${encodeURIComponent(clientId)}`;
  const href = `${path}/withdraw?${new URLSearchParams({ connection: alias })}`;
  const label = labelled(appTexts.withdraw[locale], appName, locale);
  return html`<li class="row"><span><a class="name" href="${path}">${appName}</a>${facts.map(
    (fact) => fact && html`<br><span class="quiet name">${fact}</span>`,
  )}</span> ${withdrawable && html`<a href="${href}" aria-label="${label}">${appTexts.withdraw[locale]}</a>`}</li>`;
}

/** Returns the words about the APIs that use the account on behalf of the app. */
export function throughWords(
  { through, direct }: Pick<AppOfAccount, 'through' | 'direct'>,
  locale: Locale,
): string | false {
  if (through.length === 0) return false;
  const apis = listed(
    through.map((name) => displayText(name)),
    locale,
  );
  return fill(direct ? apiUseTexts.throughToo : apiUseTexts.through, locale, { apis });
}

/** Returns the sentence about an app of the operator, with the name of the deployment. */
export function partOfSite(locale: Locale): string {
  return fill(texts.partOfSite, locale, { site: siteName(locale) ?? texts.thisSite[locale] });
}

/** Returns when an app used an account last, how often this week, and whether the person was away. */
export function useLine({ lastAt, timesThisWeek, lastAway }: AppUse, reader: Reader): Html {
  const { locale } = reader;
  const often =
    timesThisWeek === 0
      ? texts.noneThisWeek[locale]
      : timesThisWeek === 1
        ? texts.onceThisWeek[locale]
        : fill(texts.timesThisWeek, locale, { count: String(timesThisWeek) });
  const time = { time: momentText(lastAt, reader) };
  const last = fillHtml(texts.lastUsed, locale, time, () => momentTag(lastAt, reader));
  return html`${last}${clauses(['', ...(lastAway ? [texts.wasAway[locale]] : []), often], locale)}`;
}
