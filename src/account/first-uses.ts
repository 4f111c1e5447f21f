import { displayText } from '../http/display-text.ts';
import { momentTag, momentText, type Reader } from '../http/local-time.ts';
import { type Html, html } from '../kit/html.ts';
import { fillHtml } from '../kit/phrases.ts';
import { accountName } from './names.ts';
import type { Overview } from './overview.ts';
import type { AccountDeps } from './ports.ts';
import { saveSession } from './session.ts';
import type { Visit } from './step.ts';
import { useTexts as texts } from './use-texts.ts';

/** The number of notices that a page shows at once. */
const most = 5;

/** Returns the notices of first uses that the person has not seen yet, each with a way to stop the app. */
export function firstUseBanner({ linked, unseen }: Overview, about: Reader): Html | undefined {
  const { locale } = about;
  const news = unseen.flatMap((use) => {
    const account = linked.find(({ identity }) => identity.id === use.identityId);
    const app = account?.apps.find(({ clientId }) => clientId === use.appId);
    return account && app ? [{ use, account, app }] : [];
  });
  if (news.length === 0) return undefined;
  const lines = news.slice(0, most).map(({ use, account: { identity, connection }, app }) => {
    const away = use.times === 1 && use.lastAway;
    const appName = displayText(app.title[locale]);
    const values = {
      app: appName,
      account: accountName(connection, identity, locale),
      time: momentText(use.firstAt, about),
    };
    const words = fillHtml(away ? texts.firstUseAway : texts.firstUse, locale, values, (value, name) =>
      name === 'time' ? momentTag(use.firstAt, about) : html`${value}`,
    );
    const stop = app.withdrawable
      ? `/account/apps/${encodeURIComponent(app.clientId)}/withdraw?${new URLSearchParams({ connection: connection.alias })}`
      : `/account/apps/${encodeURIComponent(app.clientId)}`;
    return html`<li class="row"><span class="name">${words}</span> <a href="${stop}" aria-label="${`${texts.stop[locale]} ${appName}`}">${texts.stop[locale]}</a></li>`;
  });
  return html`<section class="notice" role="status"><ul class="plain apps">${lines}</ul>
<button class="plain" form="seen">${texts.ok[locale]}</button></section>`;
}

/** Returns the act that notes that the person has seen the notices. */
export function createSeenAct({ uses }: Pick<AccountDeps, 'uses'>) {
  return async ({ request, user }: Visit): Promise<string> => {
    const firstTimes = (await uses.ofUser(user.id)).map(({ firstAt }) => firstAt.getTime());
    // The table has a first use only after the next roll-up, so this browser remembers it too.
    request.session.newsSeenAt = Math.max(0, ...firstTimes);
    await uses.noteSeen(user.id);
    await saveSession(request);
    return '/account';
  };
}

/** Returns the form of the banner's button. It is at the end, since the first form of a page is its main one. */
export function seenForm(csrf: Html): Html {
  return html`<form id="seen" method="post" action="/account/first-uses/seen">${csrf}</form>`;
}
