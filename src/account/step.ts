import type { Request, Response } from 'express';
import type { Page } from '../http/page.ts';
import type { User } from '../identities/identities.ts';
import type { Html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';

/** A signed-in person at one of our pages. */
export interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly user: User;
  readonly locale: Locale;
  /** Hidden field against forged forms. */
  readonly csrf: Html;
}

/** A page that asks before it does something: GET shows it, POST to the same address does it. */
export interface AccountStep {
  show(visit: Visit): Promise<Page>;
  /** Answers where the browser goes on. */
  act(visit: Visit): Promise<string>;
}
