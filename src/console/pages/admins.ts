import type { z } from 'zod';
import type { listedAdminAnswer } from '../../admin/admins.ts';
import type { approvalAnswer } from '../../admin/approvals.ts';
import type { tokenAnswer } from '../../admin/tokens.ts';
import { displayText } from '../../http/display-text.ts';
import { type HtmlPart, html } from '../../kit/html.ts';
import { adminTexts as texts } from '../admin-texts.ts';
import { connectionOptions } from '../connection-options.ts';
import { actorCell } from '../event-words.ts';
import { apiCall } from '../list-tools.ts';
import { type Names, namesOf } from '../names.ts';
import { simpleTable } from '../simple-table.ts';
import { texts as roleTexts } from '../texts.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { nameOf } from './person.ts';

export type Admin = z.output<typeof listedAdminAnswer>;
export type Token = z.output<typeof tokenAnswer>;
export type Approval = z.output<typeof approvalAnswer>;

/** The people who can get in, the tokens that act for them, and the changes that wait for a second owner. */
export const adminsPage: ConsolePage = {
  path: '/admins',
  needs: 'admins:read',
  async show(visit) {
    const { say, read, user } = visit;
    const query = { limit: '200' };
    const [admins, tokens, approvals] = await Promise.all([
      read<{ items: Admin[] }>('GET /admins', { query }),
      read<{ items: Token[] }>('GET /tokens', { query }),
      read<{ items: Approval[] }>('GET /approvals', { query }),
    ]);
    const waiting = approvals.items.filter(({ state }) => state === 'pending');
    const people = [
      ...tokens.items.map(({ created_by: by }) => by),
      ...waiting.map(({ author }) => author.id),
    ];
    const names = await namesOf(visit, { people, apps: false });
    const ways = new Map((await connectionOptions(visit)).map(({ value, text }) => [value, String(text)]));
    const mine = admins.items.find((one) => one.user === user.id)?.ways_in ?? [];
    const warned = visit.may('admins:change') && !mine.some((way) => way.proves_sign_in && way.opens_console);
    const title = say(texts.title);
    const invite =
      visit.may('admins:change') &&
      html`<p class="actions"><a class="button" href="/console/admins/invite">${say(texts.invite)}</a></p>`;
    const body = html`<h1>${title}</h1>
${waiting.length > 0 && html`<section class="card attention bad"><h2>${say(texts.approvals)}</h2>${approvalTable(waiting, names, visit)}</section>`}
<h2>${say(texts.people)}</h2>${warned && html`<p class="notice warn">${say(texts.youProveNothing)}</p>`}
${adminTable(admins.items, ways, visit)}${invite}
<h2>${say(texts.tokens)}</h2><p class="quiet">${say(texts.tokensWhat)}</p>
${tokens.items.length > 0 ? tokenTable(tokens.items, names, visit) : html`<p class="card">${say(texts.noTokens)}</p>`}
<div class="tools">${apiCall(visit, 'GET /admins')}</div>`;
    return { title, body };
  },
};

const small = (href: string, text: string) =>
  html`<a class="button plain small nowrap" href="${href}">${text}</a> `;

type Way = Admin['ways_in'][number];

/** Returns how an admin gets in, and whether the provider proves that the sign-in is fresh. */
function wayCell(ways: readonly Way[], names: ReadonlyMap<string, string>, { say }: Visit): HtmlPart {
  if (ways.length === 0) return html`<span class="badge bad">${say(texts.noWay)}</span>`;
  const lines = ways.map(({ connection, proves_sign_in: proves, opens_console: opens }) => {
    const words = opens ? (proves ? texts.proves : texts.provesNot) : texts.closed;
    return html`<span><span class="name">${names.get(connection) ?? connection}</span> <span class="quiet">${say(words)}</span></span>`;
  });
  return html`<span class="stacked">${lines}</span>`;
}

function adminTable(admins: readonly Admin[], names: ReadonlyMap<string, string>, visit: Visit): HtmlPart {
  const { say, zone, may } = visit;
  const rows = admins.map((admin) => [
    {
      title: texts.person,
      content: html`<a class="name" href="/console/people/${admin.user}">${nameOf(admin, visit)}</a>`,
    },
    { title: texts.role, content: html`<span class="badge">${say(roleTexts[admin.role])}</span>` },
    { title: texts.wayIn, content: wayCell(admin.ways_in, names, visit) },
    { title: texts.lastSignIn, content: timeTag(admin.last_login_at, zone) },
    { title: texts.lastSeen, content: timeTag(admin.last_seen_at, zone) },
    {
      title: texts.acts,
      content:
        may('admins:change') &&
        html`<span>${small(`/console/admins/${admin.user}/role`, say(texts.change))}${small(`/console/admins/${admin.user}/remove`, say(texts.remove))}${small(`/console/people/${admin.user}/sign-out`, say(texts.signOut))}</span>`,
    },
  ]);
  return simpleTable(visit, texts.people, rows);
}

function tokenTable(tokens: readonly Token[], names: Names, visit: Visit): HtmlPart {
  const { say, zone, may } = visit;
  const rows = tokens.map((token) => [
    { title: texts.name, content: html`<span class="name">${displayText(token.name)}</span>` },
    { title: texts.role, content: html`<span class="badge">${say(roleTexts[token.role])}</span>` },
    {
      title: texts.madeBy,
      content: token.created_by === 'bootstrap' ? 'ADMIN_API_TOKEN' : names.person(token.created_by),
    },
    { title: texts.made, content: timeTag(token.created_at, zone) },
    { title: texts.ends, content: timeTag(token.expires_at, zone) },
    {
      title: texts.lastUsed,
      content: html`<span>${timeTag(token.last_used_at, zone)} ${token.last_used_address}</span>`,
    },
    {
      title: texts.acts,
      content:
        may('admins:change') &&
        token.id !== 'bootstrap' &&
        small(`/console/admins/tokens/${token.id}/remove`, say(texts.removeToken)),
    },
  ]);
  return simpleTable(visit, texts.tokens, rows);
}

function approvalTable(waiting: readonly Approval[], names: Names, visit: Visit): HtmlPart {
  const { say, zone } = visit;
  const rows = waiting.map((one) => [
    { title: texts.what, content: html`<code>${one.operation}</code>` },
    { title: texts.askedBy, content: actorCell(one.author, visit, names) },
    { title: texts.reason, content: html`<span class="name">${displayText(one.reason, 256)}</span>` },
    { title: texts.until, content: timeTag(one.expires_at, zone) },
    { title: texts.acts, content: small(`/console/approvals/${one.id}`, say(texts.look)) },
  ]);
  return simpleTable(visit, texts.approvals, rows);
}
