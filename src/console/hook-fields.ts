import { publicEventTypes } from '../webhooks/public-events.ts';
import type { Field } from './edit-declaration.ts';
import { hookTexts as texts } from './hook-texts.ts';

/** The settings of a webhook. */
export const hookFields: readonly Field[] = [
  { name: 'url', label: texts.url, kind: 'text', required: true, hint: texts.urlHint },
  { name: 'description', label: texts.description, kind: 'text' },
  {
    name: 'events',
    label: texts.types,
    kind: 'ticks',
    nullable: true,
    options: publicEventTypes.map((value) => ({ value, text: value })),
  },
];
