import type { Request, Response } from 'express';
import type { Page } from '../http/page.ts';
import type { User } from '../identities/identities.ts';
import type { Html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';

/** A request of a signed-in person. */
export interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly user: User;
  readonly locale: Locale;
  /** The time zone of the browser, as far as it has told it. */
  readonly zone: string | undefined;
  /** The hidden field with the CSRF token. */
  readonly csrf: Html;
}

/** A page that asks for confirmation. GET shows it, and POST to the same address acts. */
export interface AccountStep {
  show(visit: Visit): Promise<Page>;
  /** Returns the address to redirect to, or a page that says why nothing was done. */
  act(visit: Visit): Promise<string | Page>;
}
