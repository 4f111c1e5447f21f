import type { Request } from 'express';
import { z } from 'zod';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { isRepresentable } from '../kit/database/timestamp-range.ts';
import type { AuditEventRow } from '../kit/events/event-store.ts';
import { html } from '../kit/html.ts';
import { fill, type Locale, type Text } from '../kit/locale.ts';
import { clauses } from '../kit/phrases.ts';
import { Problem } from '../kit/problem.ts';
import { type AgentNames, agentNames } from './agents-names.ts';
import { agentTexts as texts, didTexts as words } from './agents-texts.ts';
import { framed } from './frame.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

const place = '/account/agents/activity';
const pageSize = 50;
const shownTypes: readonly string[] = [
  'agent.called',
  'approval.requested',
  'approval.approved',
  'approval.denied',
  'approval.used',
  'approval.expired',
  'approval.refused',
  'agent.permission_changed',
  'agents.stopped',
];

const query = z.object({
  // A client's id may be an address.
  app: z.string().max(2048).optional(),
  after: z
    .string()
    .regex(/^\d{1,16}\.evt_\w{1,40}$/)
    .optional()
    .transform((text) => {
      const [at = '', id = ''] = text?.split('.') ?? [];
      return text === undefined ? undefined : { at: new Date(Number(at)), id };
    })
    .refine((after) => after === undefined || isRepresentable(after.at)),
});

/** Returns the page “What agents did”: calls with their outcome, questions and decisions, the newest first. */
export function createAgentActivity(deps: AccountDeps): (visit: Visit) => Promise<Page> {
  return async (visit) => {
    const { request, user, locale } = visit;
    const { app, after } = parsed(request);
    const filter = { userId: [user.id], type: shownTypes, ...(app !== undefined && { appId: [app] }) };
    const rows = await deps.eventStore.list({ limit: pageSize + 1, after, filter });
    const shown = rows.slice(0, pageSize);
    const names = await agentNames(
      deps,
      { userId: user.id, locale },
      shown.map(({ appId }) => appId),
    );
    const last = shown.at(-1);
    const next = last && { ...(app !== undefined && { app }), after: `${last.at.getTime()}.${last.id}` };
    const older = rows.length > pageSize && next && `${place}?${new URLSearchParams(next)}`;
    const lines = shown.map((row) => {
      const { sentence, remarks } = lineOf(row, names, locale);
      return html`<li><span class="quiet">${momentTag(row.at, visit)}</span><br><span class="name">${sentence}</span>${remarks && html`<br><span class="quiet name">${remarks}</span>`}</li>`;
    });
    const title = texts.did[locale];
    const body = html`<p><a href="/account/agents">${texts.title[locale]}</a></p><h1>${title}</h1>
<p class="quiet">${texts.didIntro[locale]}</p>
${app !== undefined && html`<p><a href="${place}">${texts.showAll[locale]}</a></p>`}
${lines.length > 0 ? html`<ul class="plain card apps">${lines}</ul>` : html`<p>${texts.nothing[locale]}</p>`}
${older && html`<p><a class="button plain" href="${older}">${texts.older[locale]}</a></p>`}`;
    return framed({ locale, user }, { title, body });
  };
}

function parsed(request: Request): z.output<typeof query> {
  const result = query.safeParse(request.query);
  if (result.success) return result.data;
  throw new Problem('invalid_request', {
    detail: { en: 'This link is malformed.', zh: '此链接格式不正确。' },
  });
}

const text = z.string().optional().catch(undefined);
const details = z
  .object({
    tool: text,
    outcome: text,
    method: text,
    rule: text,
    reason: text,
    status: z.number().optional().catch(undefined),
  })
  .catch({});

/** Outcomes that the sentence tells. Others are codes of refusals. */
const ordinary: ReadonlySet<string> = new Set(['done', 'ask', 'connect']);

/** Returns a line: a sentence, and remarks as the agent or the rule has them. */
function lineOf(
  { type, appId, connection, identityId, detail }: AuditEventRow,
  names: AgentNames,
  locale: Locale,
) {
  const { tool = '', outcome, method, rule, reason, status } = details.parse(detail);
  const values = { app: names.app(appId), account: names.account(identityId, connection), tool };
  const reads = tool === 'call_api' || method === 'GET' || method === 'HEAD';
  const said = fill(sentenceOf(type, { tool, outcome, reads }), locale, values);
  const call = [method, rule, status === undefined ? undefined : `→ ${status}`].filter(Boolean).join(' ');
  const refusal = outcome === undefined || ordinary.has(outcome) ? '' : outcome;
  const because =
    reason === undefined ? '' : fill(words.reason, locale, { reason: displayText(reason, 256) });
  return { sentence: said, remarks: clauses([call, refusal, because].filter(Boolean), locale) };
}

interface Told {
  readonly tool: string;
  readonly outcome: string | undefined;
  readonly reads: boolean;
}

function sentenceOf(type: string, { tool, outcome, reads }: Told): Text {
  switch (type) {
    case 'agent.called': {
      if (outcome === 'ask') return reads ? words.waitsToRead : words.waits;
      if (outcome === 'connect') return words.connect;
      const isCall = tool === 'call_api' || tool === 'change_api';
      if (!isCall) return words.used;
      if (outcome !== 'done') return words.refused;
      return reads ? words.read : words.changed;
    }
    case 'approval.requested':
      return reads ? words.requestedRead : words.requested;
    case 'approval.approved':
      return reads ? words.approvedRead : words.approved;
    case 'approval.denied':
      return reads ? words.deniedRead : words.denied;
    case 'approval.used':
      return reads ? words.read : words.changed;
    case 'approval.expired':
      return words.expired;
    case 'approval.refused':
      return words.misused;
    case 'agent.permission_changed':
      return words.chosen;
    default:
      return words.stopped;
  }
}
