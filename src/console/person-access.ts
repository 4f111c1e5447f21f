import type { z } from 'zod';
import type { consentsAnswer, sessionsAnswer } from '../admin/user-access.ts';
import { browserWords } from '../http/browser-words.ts';
import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { LinkedAccount, Person } from './answers.ts';
import { appNames } from './names.ts';
import { accessTexts as texts } from './person-access-texts.ts';
import { accountTitle } from './person-accounts.ts';
import { simpleTable } from './simple-table.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

export type Consent = z.output<typeof consentsAnswer>['items'][number];
export type Session = z.output<typeof sessionsAnswer>['items'][number];

const stepLink = (href: string, text: string) =>
  html`<a class="button plain danger small" href="${href}">${text}</a>`;

/** Returns what a person has allowed apps. `mayAct`: the caller may withdraw it. */
export async function consentTable(visit: Visit, { id }: Person, mayAct: boolean): Promise<HtmlPart> {
  const { say, zone, read } = visit;
  const { items } = await read<{ items: Consent[] }>('GET /users/{user}/consents', { params: { user: id } });
  if (items.length === 0) return html`<p class="card">${say(texts.noConsents)}</p>`;
  const codes = (names: readonly string[]) => names.map((name) => html`<code>${name}</code> `);
  const rows = items.map(({ app, name, scopes, left_out: leftOut, given_at: at }) => [
    { title: texts.app, content: html`<span class="name">${displayText(name)}</span>` },
    {
      title: texts.scopes,
      content: html`<span>${codes(scopes)}${leftOut.length > 0 && html`<br><span class="quiet">${say(texts.leftOut)}</span> ${codes(leftOut)}`}</span>`,
    },
    { title: texts.given, content: timeTag(at, zone) },
    {
      title: texts.withdraw,
      content: mayAct && stepLink(`/console/people/${id}/consents/${app}/withdraw`, say(texts.withdraw)),
    },
  ]);
  return simpleTable(visit, texts.consents, rows);
}

/** Returns the browsers in which a person is signed in. */
export async function sessionTable(
  visit: Visit,
  { id }: Person,
  { accounts, mayAct }: { readonly accounts: readonly LinkedAccount[]; readonly mayAct: boolean },
): Promise<HtmlPart> {
  const { say, zone, read, locale } = visit;
  const { items } = await read<{ items: Session[] }>('GET /users/{user}/sessions', { params: { user: id } });
  if (items.length === 0) return html`<p class="card">${say(texts.noSessions)}</p>`;
  const names = await appNames(visit);
  const rows = items.map((session) => {
    const account = accounts.find((one) => one.id === session.identity);
    return [
      {
        title: texts.browser,
        content: html`<span class="name">${browserWords(session.user_agent, locale)}</span>`,
      },
      { title: texts.address, content: html`<span class="name">${session.address ?? '–'}</span>` },
      { title: texts.signedIn, content: timeTag(session.signed_in_at, zone) },
      { title: texts.seen, content: timeTag(session.last_seen_at, zone) },
      {
        title: texts.by,
        content: html`<span class="name">${account ? accountTitle(account, visit) : '–'}</span>`,
      },
      {
        title: texts.apps,
        content: html`<span class="name">${session.apps.map((app) => names.get(app) ?? app).join(', ')}</span>`,
      },
      {
        title: texts.end,
        content: mayAct && stepLink(`/console/people/${id}/sessions/${session.id}/end`, say(texts.end)),
      },
    ];
  });
  return simpleTable(visit, texts.sessions, rows);
}
