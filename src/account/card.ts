import { fullTitle, platformTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag, type Reader } from '../http/local-time.ts';
import { type Html, html } from '../kit/html.ts';
import { appList } from './app-list.ts';
import { appTexts } from './app-texts.ts';
import { healthWords } from './health-words.ts';
import type { LinkedAccount } from './overview.ts';
import { texts } from './texts.ts';

/** Returns the card of one linked account: name, dates, health, apps and actions. */
export function accountCard({ identity, connection, health, apps }: LinkedAccount, reader: Reader): Html {
  const { locale } = reader;
  const { tone, badge, explanation, offersReauthorization } = healthWords(
    health,
    platformTitle(connection.connector),
  );
  const path = `/account/identities/${identity.id}`;
  return html`<section class="card" id="${identity.id}">
<div class="row"><h3>${fullTitle(connection.connector)[locale]}</h3><span class="badge ${tone}">${badge[locale]}</span></div>
<p class="name">${displayText(identity.name) || html`<code>${displayText(identity.subject)}</code>`}</p>
${explanation && html`<p class="quiet">${explanation[locale]}</p>`}
<dl>
<dt>${texts.linkedSince[locale]}</dt><dd>${momentTag(identity.linkedAt, reader)}</dd>
<dt>${texts.lastSignIn[locale]}</dt><dd>${identity.lastLoginAt ? momentTag(identity.lastLoginAt, reader) : texts.never[locale]}</dd>
</dl>
<h4>${appTexts.apps[locale]}</h4>
<div>${appList(apps, connection.alias, reader)}</div>
<div class="actions">
${offersReauthorization && html`<a class="button" href="${path}/reauthorize">${texts.authoriseAgain[locale]}</a>`}
<a class="button plain danger" href="${path}/unlink">${texts.unlink[locale]}</a>
</div>
</section>`;
}
