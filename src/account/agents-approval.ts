import { isRead } from '../agents/ports.ts';
import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { callCard, callFacts, type Fact, factList } from '../http/call-facts.ts';
import { callTexts } from '../http/call-texts.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { visibleText } from '../http/visible-text.ts';
import { accountField, chosenCalls } from '../issuance/tokens/call-details.ts';
import { type Html, html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { approvalTexts as texts } from './agents-approval-texts.ts';
import { domainOf } from './agents-names.ts';
import { framed } from './frame.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep, Visit } from './step.ts';

type Approval = NonNullable<Awaited<ReturnType<AccountDeps['decisions']['approvals']['find']>>>;

/** Returns the page on which a person approves or denies one exact call of an agent, or a sign-in elsewhere. */
export function createApprovalStep(deps: AccountDeps): AccountStep {
  const { decisions, identities, connections, issuance, events } = deps;
  const { approvals, permissions } = decisions;

  /** @throws Problem not_found; forbidden for the question to another person, who is told by an event */
  async function mine({ request, user }: Visit): Promise<Approval> {
    const approval = await approvals.find(String(request.params.id));
    if (!approval) throw new Problem('not_found', { detail: texts.gone });
    if (approval.userId === user.id) return approval;
    await events.record({
      type: 'approval.refused',
      userId: approval.userId,
      appId: approval.clientId,
      detail: { approval: approval.id, why: 'opened_by_other' },
    });
    throw new Problem('forbidden', { detail: texts.otherPerson });
  }

  /** A call rests on the consent under which the client asked. */
  async function mayStillAsk({ kind, userId, clientId, createdAt }: Approval): Promise<boolean> {
    if (kind !== 'call') return true;
    const ground = await permissions.groundOf({ userId, clientId });
    return ground !== undefined && ground.at <= createdAt;
  }

  async function namesOf(approval: Approval, { user, locale }: Visit) {
    const [app, own] = await Promise.all([
      issuance.apps.stored(approval.clientId),
      identities.allOfUser(user.id),
    ]);
    if (!app) throw new Problem('not_found', { detail: texts.gone });
    const identity = own.find(({ id }) => id === approval.identityId);
    const connection = identity && (await connections.findById(identity.connectionId));
    return { app, title: appTitle(app, locale), domain: domainOf(app, locale), identity, connection };
  }

  async function showPending(approval: Approval, visit: Visit): Promise<Page> {
    const { locale, user, csrf, request } = visit;
    const { title: app, domain, identity, connection } = await namesOf(approval, visit);
    const { content } = approval;
    const isCall = approval.kind === 'call';
    const account = connection ? accountTitle(connection.connector)[locale] : '';
    const reads = content?.call !== undefined && isRead(content.call);
    const calls = content?.calls ?? [];
    const signIn =
      calls.length > 0
        ? ([texts.callsTitle, texts.callsHint] as const)
        : ([texts.signInTitle, texts.signInHint] as const);
    const [asked, hint] = isCall ? [reads ? texts.readTitle : texts.callTitle, texts.exactly] : signIn;
    const title = fill(asked, locale, { app, account });
    const facts: Fact[] = [
      [
        isCall ? texts.app : texts.caller,
        html`<b class="name">${app}</b><br><span class="quiet">${domain}</span>`,
      ],
    ];
    if (connection && identity)
      facts.push(
        [callTexts.platform, html`${platformTitle(connection.connector)[locale]}`],
        [callTexts.account, html`<span class="name">${accountName(connection, identity, locale)}</span>`],
      );
    if (content?.bindingMessage !== undefined)
      facts.push([texts.message, html`<b class="name">${visibleText(content.bindingMessage)}</b>`]);
    if (content?.scopes && content.scopes.length > 0)
      facts.push([
        texts.scopes,
        html`${content.scopes.map((scope) => html`<code>${displayText(scope)}</code> `)}`,
      ]);
    if (content?.reason) facts.push([texts.says, html`<q class="name">${visibleText(content.reason)}</q>`]);
    if (content?.call) facts.push(...callFacts(content.call, locale));
    facts.push([texts.ends, momentTag(approval.expiresAt, visit)]);
    const body = html`<h1 class="name">${title}</h1>
<p>${hint[locale]}</p>
${reads && html`<p>${fill(texts.isRead, locale, { app })}</p>`}
${factList(facts, locale)}
<form class="stack" method="post" action="${request.path}">${csrf}
${calls.map((one, index) => callCard(one, { index, calls: calls.length, field: accountField(index) }, locale))}
<button name="decision" value="approve">${texts.approve[locale]}</button>
<button class="danger" name="decision" value="deny">${texts.deny[locale]}</button></form>`;
    return framed({ locale, user }, { title, body });
  }

  function showDecided(state: keyof typeof outcomes, app: string, { locale, user }: Visit): Page {
    const [heading, hint] = outcomes[state];
    const title = heading[locale];
    const body: Html = html`<h1>${title}</h1><p>${fill(hint, locale, { app })}</p>
<p><a class="button plain" href="/account/agents">${texts.toAgents[locale]}</a></p>`;
    return framed({ locale, user }, { title, body });
  }

  return {
    async show(visit) {
      const approval = await mine(visit);
      const isOpen = approval.state === 'pending' && approval.content && (await mayStillAsk(approval));
      if (isOpen) return await showPending(approval, visit);
      const { title } = await namesOf(approval, visit);
      const state = approval.state === 'pending' ? 'expired' : approval.state;
      // The decision on a sign-in is its use.
      return showDecided(approval.kind === 'sign_in' && state === 'used' ? 'signedIn' : state, title, visit);
    },
    async act(visit) {
      const approval = await mine(visit);
      const { decision, ...fields } = visit.request.body as Readonly<Record<string, unknown>>;
      if (decision !== 'approve' && decision !== 'deny') throw new Problem('invalid_request');
      // The page shows the state that it has now, as the first decision left it.
      const chosen = chosenCalls(approval.content?.calls ?? [], (name) => {
        const value = fields[name];
        return typeof value === 'string' ? value : undefined;
      });
      if (decision === 'approve' && !chosen)
        throw new Problem('invalid_request', { detail: texts.noAccount });
      if (decision === 'deny' || (await mayStillAsk(approval)))
        await approvals.decide(approval.id, visit.user.id, decision === 'approve', chosen);
      return `/account/approvals/${approval.id}`;
    },
  };
}

const outcomes = {
  approved: [texts.approved, texts.approvedHint],
  denied: [texts.denied, texts.deniedHint],
  used: [texts.used, texts.usedHint],
  signedIn: [texts.approved, texts.signedInHint],
  expired: [texts.expired, texts.expiredHint],
} as const;
