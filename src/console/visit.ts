import type { Request, Response } from 'express';
import type { AdminCaller } from '../admin/caller.ts';
import type { Download } from '../admin/download.ts';
import type { Permission } from '../admin/roles.ts';
import type { User } from '../identities/identities.ts';
import type { Html, HtmlPart } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';
import type { Calls } from './call.ts';
import type { Zone } from './zone.ts';

/** A request of a person with a role. */
export interface Visit extends Calls {
  readonly request: Request;
  readonly response: Response;
  /** Without a trailing slash. */
  readonly issuer: string;
  /** The public address of the page, with its query. */
  readonly url: URL;
  readonly user: User;
  readonly caller: AdminCaller;
  readonly locale: Locale;
  readonly zone: Zone;
  readonly now: Date;
  /** The hidden field with the CSRF token. */
  readonly csrf: Html;
  may(permission: Permission): boolean;
  /** Returns a text in the language of the page, with each `{name}` replaced. */
  say(text: Text, values?: Readonly<Record<string, string>>): string;
  /** Returns a parameter of the path. */
  param(name: string): string;
  /** Returns a parameter of the query, without spaces around; empty if it is absent. */
  ask(name: string): string;
  /** Returns a field of the posted form, without spaces around; empty if it is absent. */
  field(name: string): string;
}

/** The content of a page of the console. */
export interface View {
  readonly title: string;
  /** The main part. It begins with the heading `h1`. */
  readonly body: HtmlPart;
  readonly status?: number;
  /** The heading of the group in the navigation; default: the page of the longest matching path. */
  readonly at?: string;
}

/**
 * A page of the console. GET shows it, and POST to the same address acts. To add one: write a file in `pages/` that exports a
 * `ConsolePage` (or the answer of `listPage` or `stepPage`), and name it in `pages.ts`; an entry in `navigation.ts` leads to it.
 */
export interface ConsolePage {
  /** The path below `/console`, as Express writes it: `/people/:user`. */
  readonly path: string;
  /** Without the permission the page is 403. */
  readonly needs: Permission;
  /** The permission for POST; default: the same. */
  readonly needsToAct?: Permission;
  /** Returns the content, or an address of the console to go to. */
  show?(visit: Visit): Promise<View | string>;
  /** Acts, and returns the address to go to, a page or a file. */
  act?(visit: Visit): Promise<View | Download | string>;
}
