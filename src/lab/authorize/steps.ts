import type { Html } from '../../kit/html.ts';
import { random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import type { Call, Reply } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import { approve, callback, deny, tellClient } from './decide.ts';
import { consentPage, errorPage, postPage } from './page.ts';
import { AuthorizeError, readAuthorizeRequest } from './read-request.ts';
import type { AuthorizeRequest, AuthorizeRules, ErrorPage } from './rules.ts';
import { contentSecurityPolicy } from './style.ts';

interface Pending {
  readonly rules: AuthorizeRules;
  readonly request: AuthorizeRequest;
}

const keep = 1000;

/** The steps from the authorization request to the page, and from the page's form to the callback. */
export function createSteps(room: Room) {
  const pending = new Map<string, Pending>();

  function begin(rules: AuthorizeRules, call: Call): Reply {
    const objection = rules.objection?.(call);
    if (objection !== undefined) return failure(room, { status: 200, heading: objection, text: '' });
    try {
      const request = readAuthorizeRequest(room, rules, call.query);
      return withoutAsking(room, rules, request) ?? ask(rules, request);
    } catch (error) {
      if (error instanceof AuthorizeError) return complain(room, rules, error);
      throw error;
    }
  }

  function ask(rules: AuthorizeRules, request: AuthorizeRequest): Reply {
    const handle = random(22);
    pending.set(handle, { rules, request });
    for (const [oldest] of pending) if (pending.size > keep) pending.delete(oldest);
    const untickable = rules.untickable ?? (() => false);
    const selected = hinted(room, request) ?? room.people[0];
    return page(200, consentPage({ room, request, handle, selected, untickable }));
  }

  function finish({ form, params }: Call): Reply {
    const waiting = pending.get(params.handle ?? '');
    const person = room.find(form.get('user') ?? room.people[0]?.id ?? '');
    if (waiting === undefined || person === undefined) return failure(room, tooOld);
    pending.delete(params.handle ?? '');
    const { rules, request } = waiting;
    if (form.get('decision') === 'deny') return refused(room, rules, request);
    const ticked = form.getAll('scope');
    const scopes = request.scopes.filter((scope) => !rules.untickable?.(scope) || ticked.includes(scope));
    return back(rules, request, approve(room, rules, request, { person, scopes }));
  }

  return { begin, finish };
}

const tooOld: ErrorPage = {
  status: 400,
  heading: 'This page is too old',
  text: 'Go back to the application and start again.',
};

/** Returns the decision without a page: by `lab_auto`, or by `prompt=none` if all scopes were consented to before. */
function withoutAsking(room: Room, rules: AuthorizeRules, request: AuthorizeRequest): Reply | undefined {
  const { query, scopes, client } = request;
  const named = hinted(room, request);
  // An unknown name is a mistake in the request; no other person is signed in instead.
  if (query.has('lab_user') && named === undefined) return undefined;
  const person = named ?? room.people[0];
  if (query.get('lab_auto') === 'deny' || person === undefined) return refused(room, rules, request);
  const silent = query.get('prompt') === 'none';
  const agreed = room.ledger.grantOf(person.id, client.clientId)?.scopes ?? [];
  if (query.get('lab_auto') === '1' || (silent && scopes.every((scope) => agreed.includes(scope)))) {
    return back(rules, request, approve(room, rules, request, { person, scopes }));
  }
  return silent && rules.noneStillAsks !== true
    ? back(rules, request, callback(rules, request, { error: 'interaction_required' }))
    : undefined;
}

function refused(room: Room, rules: AuthorizeRules, request: AuthorizeRequest): Reply {
  return rules.denialPage ? failure(room, rules.denialPage) : back(rules, request, deny(rules, request));
}

function hinted(room: Room, { query, client }: AuthorizeRequest): Person | undefined {
  const hint = query.get('lab_user') ?? query.get('login_hint') ?? query.get('login');
  if (hint === null) return undefined;
  const named = room.find(hint);
  if (named !== undefined) return named;
  return room.people.find((person) =>
    [person.handle, person.email, room.profile.subject(person, client.clientId)].includes(hint),
  );
}

function complain(room: Room, rules: AuthorizeRules, error: AuthorizeError): Reply {
  const target = tellClient(rules, error);
  return target === undefined
    ? failure(room, rules.errorPage(error.problem, error.detail))
    : redirect(target);
}

function failure(room: Room, problem: ErrorPage): Reply {
  return page(problem.status, errorPage(room.profile.title, problem));
}

function page(status: number, body: Html): Reply {
  const headers = { 'content-security-policy': contentSecurityPolicy, 'referrer-policy': 'no-referrer' };
  return { status, encoding: 'html', body, headers };
}

function back(rules: AuthorizeRules, { query }: AuthorizeRequest, location: string): Reply {
  return rules.posts?.(query) ? page(200, postPage(location)) : redirect(location);
}

function redirect(location: string): Reply {
  return { status: 302, encoding: 'empty', body: '', headers: { location } };
}
