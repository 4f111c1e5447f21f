import { displayText } from '../../http/display-text.ts';
import { type HtmlPart, html } from '../../kit/html.ts';
import type { AuditEvent } from '../answers.ts';
import { actorCell, eventSentences, eventSubject } from '../event-words.ts';
import { apiCall } from '../list-tools.ts';
import { namesOf } from '../names.ts';
import type { ConsolePage } from '../visit.ts';
import { timeTag } from '../zone.ts';

const labels = {
  when: { en: 'When', zh: '时间' },
  by: { en: 'Done by', zh: '操作者' },
  about: { en: 'About', zh: '对象' },
  address: { en: 'Address', zh: '地址' },
  request: { en: 'Request', zh: '请求' },
  followRequest: { en: 'All events of this request', zh: '此请求的所有事件' },
  followIdentity: { en: 'All events of this linked account', zh: '此关联账号的所有事件' },
};

/** The page of one event. The request and the linked account are followed from here. */
export const eventPage: ConsolePage = {
  path: '/events/:event',
  needs: 'events:read',
  async show(visit) {
    const { locale, zone, say } = visit;
    const params = { event: visit.param('event') };
    const event = await visit.read<AuditEvent>('GET /events/{event}', { params });
    const { user, actor, identity, request_id: request } = event;
    const [names, words] = await Promise.all([
      namesOf(visit, { people: [user, actor?.id ?? null], apps: true }),
      eventSentences(visit),
    ]);
    const sentence = words.get(event.type);
    const title = sentence ? say(sentence) : event.type;
    const facts: readonly (readonly [string, HtmlPart])[] = [
      [labels.when[locale], timeTag(event.at, zone, { seconds: true })],
      [labels.by[locale], actorCell(actor, visit, names)],
      [labels.about[locale], eventSubject(event, visit, names)],
      [labels.address[locale], event.address ?? '–'],
      [labels.request[locale], request === null ? '–' : html`<code>${request}</code>`],
      ...Object.entries(event.detail).map(([name, value]) => [name, detailValue(value)] as const),
    ];
    // Support has to name the person.
    const withUser = visit.caller.rights.namesOnly && user !== null ? { user } : {};
    const follow = (filter: Record<string, string>) =>
      `/console/events?${new URLSearchParams({ ...filter, ...withUser })}`;
    const body = html`<h1>${title}</h1>
<p><code>${event.type}</code></p>
<dl class="card">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="actions">${request !== null && html`<a class="button" href="${follow({ request })}">${say(labels.followRequest)}</a>`}
${identity !== null && html`<a class="button plain" href="${follow({ identity })}">${say(labels.followIdentity)}</a>`}</p>
<div class="tools">${apiCall(visit, `GET /events/${event.id}`)}</div>`;
    return { title, body };
  },
};

/** The words in a detail may be a stranger's. */
const longest = 4096;

function detailValue(value: unknown): HtmlPart {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return displayText(value, longest);
  return html`<code>${displayText(JSON.stringify(value), longest)}</code>`;
}
