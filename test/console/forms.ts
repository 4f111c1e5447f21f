import type { Page, Submission } from '../support/browser.ts';
import type { ConsoleVisitor } from './console-visitor.ts';

/** Submits the form that has a field of this name. */
export async function submitWith(
  { browser }: ConsoleVisitor,
  page: Page,
  name: string,
  submission: Omit<Submission, 'form'> = {},
): Promise<Page> {
  const form = page.forms.findIndex(({ entries }) => entries.some(([one]) => one === name));
  return await browser.submit(page, { ...submission, form });
}

/** Submits the form of a step, whose address is the page's. */
export async function takeStep(
  visitor: ConsoleVisitor,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const page = await visitor.open(path);
  const form = page.forms.findIndex(({ action }) => action === path);
  return await visitor.browser.submit(page, { form, fields });
}

export function tokenOf({ forms }: Page): string {
  return forms.flatMap(({ entries }) => entries).find(([name]) => name === 'csrf_token')?.[1] ?? '';
}
