import { type Html, html } from '../kit/html.ts';
import type { AuditEvent } from './answers.ts';
import { actorTexts } from './event-texts.ts';
import type { Names } from './names.ts';
import type { Visit } from './visit.ts';

/** Returns what happened, with the reason that was given for it. */
export function eventLink({ id, type, detail }: AuditEvent, _visit: Visit): Html {
  const { reason } = detail;
  const said = typeof reason === 'string' && html` <q class="quiet name">${reason}</q>`;
  return html`<a href="/console/events/${id}"><code>${type}</code></a>${said}`;
}

export function actorCell(actor: AuditEvent['actor'], { say }: Visit, names: Names): Html {
  if (!actor) return html`<span class="quiet">–</span>`;
  const { kind, id } = actor;
  if (kind === 'person') return names.person(id);
  if (kind === 'app' && id?.startsWith('app_')) return names.app(id);
  return html`${say(actorTexts[kind])}${id !== null && html` <span class="quiet name">${id}</span>`}`;
}

/** Returns the person, linked account, app and connection that an event is about. */
export function eventSubject(event: AuditEvent, { caller }: Visit, names: Names): Html {
  const { user, identity, app, connection } = event;
  const parts = [
    user !== null && names.person(user),
    identity !== null &&
      html`<a href="${identityAddress(user, identity)}"><code>${identity.slice(0, 10)}…</code></a>`,
    app !== null && names.app(app),
    connection !== null &&
      (caller.rights.namesOnly
        ? html`<span class="name">${connection}</span>`
        : html`<a href="/console/events?connection=${connection}" class="name">${connection}</a>`),
  ].filter((part) => part !== false);
  return html`${parts.map((part, index) => html`${index > 0 && ' · '}${part}`)}`;
}

export function identityAddress(user: string | null, identity: string): string {
  return user === null
    ? `/console/events?identity=${identity}`
    : `/console/people/${user}/identities/${identity}`;
}
