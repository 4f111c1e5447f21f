import { type HtmlPart, html } from '../../kit/html.ts';
import { version } from '../../kit/version.ts';
import type { Me } from '../answers.ts';
import { attentionList } from '../attention.ts';
import { connectionOptions } from '../connection-options.ts';
import type { Option } from '../list-declaration.ts';
import { addressWith } from '../list-url.ts';
import { appNames } from '../names.ts';
import { usageCharts } from '../overview-charts.ts';
import { type Period, periods } from '../overview-period.ts';
import { overviewTexts as texts } from '../overview-texts.ts';
import { texts as roleTexts } from '../texts.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';

/** The first page: things that need an admin, and charts of a period. */
export const overviewPage: ConsolePage = {
  path: '/',
  needs: 'self',
  async show(visit) {
    const period = periods.find(({ name }) => name === visit.ask('period')) ?? periods[0];
    const me = await visit.read<Me>('GET /me');
    const title = visit.say(texts.title);
    const body = html`<h1>${title}</h1>
<div data-live="overview"${visit.ask('live') === '1' && html` data-refresh`}>
${await attentionList(visit)}
${await choices(visit, period)}
${await usageCharts(visit, period)}</div>
${you(me, visit)}`;
    return { title, body };
  },
};

async function choices(visit: Visit, current: Period): Promise<HtmlPart> {
  const { say, url, ask } = visit;
  const links = periods.map(
    (period) =>
      html`<a class="button ${period !== current && 'plain'}" href="${addressWith(url, { period: period.name })}"${period === current && html` aria-current="true"`}>${say(period.text)}</a>`,
  );
  const apps = [...(await appNames(visit))].map(([value, text]) => ({ value, text }));
  const select = (name: 'connection' | 'app', label: string, options: readonly Option[]) =>
    html`<div><label for="f-${name}">${label}</label><select id="f-${name}" name="${name}"><option value="">${say(texts.all)}</option>
${options.map(({ value, text }) => html`<option value="${value}"${value === ask(name) && html` selected`}>${typeof text === 'string' ? text : say(text)}</option>`)}</select></div>`;
  return html`<form class="filters" action="/console" data-swap>
<div class="send" role="group" aria-label="${say(texts.period)}">${links}</div><input type="hidden" name="period" value="${current.name}">
${select('connection', say(texts.connection), await connectionOptions(visit))}
${current.by === 'day' && select('app', say(texts.app), apps)}
<div class="send"><button class="plain">${say(texts.show)}</button></div></form>`;
}

function you(me: Me, { say, zone }: Visit): HtmlPart {
  const { bootstrap } = me;
  return html`<section class="card"><h2>${say(texts.you)}</h2><dl>
<dt>${say(texts.role)}</dt><dd>${say(roleTexts[me.role])}</dd>
<dt>${say(texts.since)}</dt><dd>${timeTag(me.signed_in_at, zone)}</dd>
<dt>${say(texts.fresh)}</dt><dd>${timeTag(me.dangerous_until, zone)}</dd>
${bootstrap?.configured && html`<dt>${say(texts.bootstrap)}</dt><dd>${timeTag(bootstrap.last_used_at, zone)}</dd>`}
<dt>${say(texts.version)}</dt><dd>${version}</dd>
</dl></section>`;
}
