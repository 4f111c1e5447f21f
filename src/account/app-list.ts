import { displayText } from '../http/display-text.ts';
import { momentText, type Reader } from '../http/local-time.ts';
import { type Html, html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { clauses, labelled } from '../kit/phrases.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
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
  const { clientId, withdrawable, away, ownApp, allowed, use } = app;
  const appName = displayText(app.appName);
  const facts = [
    !allowed && texts.former[locale],
    ownApp && texts.partOfSite[locale],
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

/** Returns when an app used an account last, how often this week, and whether the person was away. */
export function useLine({ lastAt, timesThisWeek, lastAway }: AppUse, reader: Reader): string {
  const { locale } = reader;
  const often =
    timesThisWeek === 0
      ? texts.noneThisWeek[locale]
      : timesThisWeek === 1
        ? texts.onceThisWeek[locale]
        : fill(texts.timesThisWeek, locale, { count: String(timesThisWeek) });
  const last = fill(texts.lastUsed, locale, { time: momentText(lastAt, reader) });
  const parts = [last, ...(lastAway ? [texts.wasAway[locale]] : []), often];
  return clauses(parts, locale);
}
