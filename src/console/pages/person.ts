import { roleOf } from '../../admin/roles.ts';
import { displayText } from '../../http/display-text.ts';
import { type HtmlPart, html } from '../../kit/html.ts';
import type { LinkedAccount, Person } from '../answers.ts';
import { initials } from '../initials.ts';
import { listPart } from '../list-page.ts';
import { apiCall } from '../list-tools.ts';
import { canonical } from '../list-url.ts';
import { consentTable, sessionTable } from '../person-access.ts';
import { accessTexts } from '../person-access-texts.ts';
import { accountCards } from '../person-accounts.ts';
import { personTexts as texts } from '../person-texts.ts';
import { usesTable } from '../person-uses.ts';
import { texts as roleTexts } from '../texts.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { eventList } from './events.ts';

/** The page of a person, with a tab for each question about them. */
export const personPage: ConsolePage = {
  path: '/people/:user',
  needs: 'people:read',
  async show(visit) {
    const address = canonical(visit, eventList);
    if (address !== undefined) return address;
    const params = { user: visit.param('user') };
    const person = await visit.read<Person>('GET /users/{user}', { params });
    const { items } = await visit.read<{ items: LinkedAccount[] }>('GET /users/{user}/identities', {
      params,
      query: { limit: '200' },
    });
    const name = nameOf(person, visit);
    const tab =
      tabs.find(({ name, operation }) => name === visit.ask('tab') && visit.offers(operation)) ?? accountsTab;
    const body = html`${head(person, visit)}
${tabBar(visit, tab, person.id)}
${await tab.content(visit, person, items)}
${furtherActs(visit, person)}
<div class="tools">${apiCall(visit, `GET /users/${person.id}`)}</div>`;
    return { title: name, body };
  },
};

interface Tab {
  readonly name: string;
  readonly text: (typeof texts)['accounts'];
  /** Without the operation the tab is not shown. */
  readonly operation: string;
  content(visit: Visit, person: Person, accounts: readonly LinkedAccount[]): Promise<HtmlPart> | HtmlPart;
}

const accountsTab: Tab = {
  name: '',
  text: texts.accounts,
  operation: 'GET /users/{user}/identities',
  content: (visit, person, accounts) => accountCards(visit, person, accounts),
};

const tabs: readonly Tab[] = [
  accountsTab,
  {
    name: 'uses',
    text: texts.uses,
    operation: 'GET /users/{user}/uses',
    content: (visit, { id }) => usesTable(visit, 'GET /users/{user}/uses', { user: id }),
  },
  {
    name: 'consents',
    text: accessTexts.consents,
    operation: 'GET /users/{user}/consents',
    content: (visit, person) => consentTable(visit, person, mayActOn(visit, person)),
  },
  {
    name: 'sessions',
    text: accessTexts.sessions,
    operation: 'GET /users/{user}/sessions',
    content: (visit, person, accounts) =>
      sessionTable(visit, person, { accounts, mayAct: mayActOn(visit, person) }),
  },
  {
    name: 'events',
    text: texts.events,
    operation: 'GET /events',
    content: (visit, { id }) => listPart(visit, { ...eventList, fixed: () => ({ user: id }) }),
  },
];

function tabBar(visit: Visit, current: Tab, id: string): HtmlPart {
  const links = tabs
    .filter(({ operation }) => visit.offers(operation))
    .map(
      (tab) =>
        html`<li><a href="/console/people/${id}${tab.name && `?tab=${tab.name}`}"${tab === current && html` aria-current="page"`}>${visit.say(tab.text)}</a></li>`,
    );
  return html`<nav class="tabs" aria-label="${visit.say(texts.tabs)}"><ul>${links}</ul></nav>`;
}

function head(person: Person, visit: Visit): HtmlPart {
  const { say, zone } = visit;
  const { id, disabled, roles, created_at: since, last_login_at: last } = person;
  const role = roleOf(roles);
  const step = disabled ? 'enable' : 'disable';
  return html`<div class="head">${initials(person.name)}<div>
<h1 class="name">${nameOf(person, visit)}</h1>
<p class="quiet"><code>${id}</code> <button type="button" class="plain small" data-copy="${id}" data-js hidden>${say(texts.copy)}</button>
${role && html`<span class="badge">${say(roleTexts[role])}</span>${!visit.caller.rights.namesOnly && html` <a href="/console/events?actor=${id}">${say(texts.acts)}</a>`}`} ${disabled && html`<span class="badge bad">${say(texts.disabled)}</span>`}</p>
<p class="quiet">${say(texts.since)} ${timeTag(since, zone)} · ${say(texts.lastSignIn)} ${timeTag(last, zone)}</p></div>
${mayActOn(visit, person) && html`<p class="actions"><a class="button ${disabled ? 'plain' : 'danger'}" href="/console/people/${id}/${step}">${say(texts[step])}</a></p>`}</div>`;
}

const further = [
  ['sign-out', 'DELETE /users/{user}/sessions', accessTexts.signOut],
  ['export', 'GET /users/{user}/export', accessTexts.export],
  ['merge', 'POST /users/{user}/merge', accessTexts.merge],
  ['erase', 'POST /users/{user}/erase', accessTexts.erase],
] as const;

function furtherActs(visit: Visit, person: Person): HtmlPart {
  const offered = further.filter(([, operation]) => visit.offers(operation));
  const links = offered.map(
    ([step, , text]) =>
      html`<a class="button plain${step === 'erase' ? ' danger' : ''}" href="/console/people/${person.id}/${step}">${visit.say(text)}</a>`,
  );
  return (
    mayActOn(visit, person) &&
    links.length > 0 &&
    html`<details class="acts"><summary>${visit.say(accessTexts.acts)}</summary><p class="actions">${links}</p></details>`
  );
}

/** Only owners act on people who have a role themselves. */
export function mayActOn({ may }: Visit, { roles }: Pick<Person, 'roles'>): boolean {
  return may('people:help') && (roleOf(roles) === undefined || may('admins:change'));
}

export function nameOf({ name }: Pick<Person, 'name'>, { say }: Visit): string {
  return name === null ? say(roleTexts.nameless) : displayText(name);
}
