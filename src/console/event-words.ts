import { displayText } from '../http/display-text.ts';
import { type Html, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { AuditEvent } from './answers.ts';
import { actorTexts } from './event-texts.ts';
import type { Names } from './names.ts';
import type { Visit } from './visit.ts';

/** The sentence of each type of event, in both languages. */
export type EventSentences = ReadonlyMap<string, Text>;

interface EventTypes {
  readonly groups: readonly { readonly name: string; readonly title: Text }[];
  readonly items: readonly { readonly type: string; readonly group: string; readonly text: Text }[];
}

export async function eventSentences(visit: Visit): Promise<EventSentences> {
  const { items } = await visit.read<EventTypes>('GET /events/types');
  return new Map(items.map(({ type, text }) => [type, text]));
}

/** Returns the types of events to choose from, with the patterns for all of a kind. */
export async function eventTypeOptions({ read }: Visit) {
  const { items } = await read<EventTypes>('GET /events/types');
  const kinds = [...new Set(items.map(({ type }) => type.split('.')[0]))];
  const patterns = kinds
    .filter((kind) => items.filter(({ type }) => type.startsWith(`${kind}.`)).length > 1)
    .map((kind) => ({ value: `${kind}.*`, text: { en: `${kind}.* (all)`, zh: `${kind}.*（全部）` } }));
  return [...items.map(({ type, text }) => ({ value: type, text })), ...patterns];
}

/** Returns what happened as a sentence that leads to the event, with the reason that was given. */
export function eventSentence({ id, type, detail }: AuditEvent, { say }: Visit, words: EventSentences): Html {
  const { reason } = detail;
  const sentence = words.get(type);
  const said =
    typeof reason === 'string' && html` <span class="quiet name">“${displayText(reason, 256)}”</span>`;
  return html`<a href="/console/events/${id}" title="${type}">${sentence ? say(sentence) : type}</a>${said}`;
}

export function actorCell(actor: AuditEvent['actor'], { say }: Visit, names: Names): Html {
  if (!actor) return html`<span class="quiet">–</span>`;
  const { kind, id } = actor;
  if (kind === 'person') return names.person(id);
  if (kind === 'app' && id !== null && /^(app_|https:)/.test(id)) return names.app(id);
  return html`${say(actorTexts[kind])}${id !== null && html` <span class="quiet name">${id}</span>`}`;
}

/** Returns the person, linked account, app and connection that an event is about. */
export function eventSubject(event: AuditEvent, { say }: Visit, names: Names): Html {
  const { user, identity, app, connection } = event;
  const account = connection ?? say({ en: 'account', zh: '账号' });
  const parts = [
    user !== null && names.person(user),
    identity !== null
      ? html`<a class="name" href="${identityAddress(user, identity)}">${account}</a>`
      : connection !== null && html`<span class="name">${connection}</span>`,
    app !== null && names.app(app),
  ].filter((part) => part !== false);
  return html`${parts.map((part, index) => html`${index > 0 && ' · '}${part}`)}`;
}

function identityAddress(user: string | null, identity: string): string {
  return user === null
    ? `/console/events?identity=${identity}`
    : `/console/people/${user}/identities/${identity}`;
}
