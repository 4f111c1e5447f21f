import { type Html, html } from '../kit/html.ts';
import { editTexts as texts } from './edit-texts.ts';
import type { Column, Filter } from './list-declaration.ts';
import type { Visit } from './visit.ts';

/** Returns the name of the tool that keeps an item, as a badge. */
export function keeperBadge(keeper: string | null | undefined, { say }: Visit): Html | undefined {
  return keeper
    ? html`<span class="badge warn">${say(texts.keptBy)} <span class="name">${keeper}</span></span>`
    : undefined;
}

export const keeperFilter: Filter = {
  name: 'managed_by',
  label: texts.keeper,
  kind: 'text',
  bySetting: true,
  more: true,
};

/** The column of a list with the tool that keeps an item. */
export const keeperColumn: Column<{ readonly managed_by?: string | null | undefined }, unknown> = {
  title: texts.keeper,
  cell: ({ managed_by: keeper }) => keeper && html`<span class="keeper">${keeper}</span>`,
};

/** Returns the field in which the person says that an item is changed although a tool keeps it. */
export function driftField(keeper: string, { say }: Visit): Html {
  return html`<div class="notice warn"><p>${say(texts.keptWhat, { keeper })}</p>
<label for="anyway">${say(texts.keptType, { words: say(texts.anyway) })}</label>
<input id="anyway" name="anyway" maxlength="40" autocomplete="off" required></div>`;
}

/** Returns `yes` if the person has typed the words. Otherwise the API refuses the change of an item that a tool keeps. */
export function overrideOf({ field }: Visit): 'yes' | 'no' {
  const typed = field('anyway').toLowerCase();
  return Object.values(texts.anyway).includes(typed) ? 'yes' : 'no';
}
