import type { Page } from '../../support/browser.ts';
import { checkError } from './checks.ts';
import { type SignedIn, silently } from './sign-in.ts';
import type { Suite } from './suite.ts';

/** Sends the browser to the end session endpoint, and confirms if asked. */
export async function logOut(
  { metadata }: Suite,
  { browser }: SignedIn,
  request: Readonly<Record<string, string>>,
): Promise<Page> {
  const page = await browser.open(`${metadata.end_session_endpoint}?${new URLSearchParams(request)}`);
  return page.forms.length > 0 ? await browser.submit(page) : page;
}

export async function checkSignedOut(suite: Suite, signedIn: SignedIn): Promise<void> {
  checkError(await silently(suite, signedIn), 'login_required', 'interaction_required');
}

export async function checkStillSignedIn(suite: Suite, signedIn: SignedIn): Promise<void> {
  const { callback } = await silently(suite, signedIn);
  if (!callback?.has('code')) throw new Error('the session has ended');
}
