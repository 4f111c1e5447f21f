import { type Html, html } from '../../kit/html.ts';
import type { Person } from '../core/people.ts';
import type { Room } from '../profile.ts';
import type { AuthorizeRequest, ErrorPage } from './rules.ts';

export interface ConsentView {
  readonly room: Room;
  readonly request: AuthorizeRequest;
  readonly handle: string;
  readonly selected: Person | undefined;
  readonly untickable: (scope: string) => boolean;
}

export function consentPage({ room, request, handle, selected, untickable }: ConsentView): Html {
  const { title, name } = room.profile;
  const choices = [...new Set([...room.people, ...(selected === undefined ? [] : [selected])])];
  return page(
    title,
    html`<h1>Sign in with ${title}</h1>
<p><b>${new URL(request.redirectUri).host}</b> (<code>${request.client.clientId}</code>) asks for your account.</p>
<form method="post" action="/${name}/lab/consent/${handle}">
<fieldset><legend>Who are you?</legend>
${choices.map((person) => personChoice(room, person, person === selected))}
</fieldset>
<fieldset><legend>It may</legend>
${request.scopes.map((scope) => scopeChoice(scope, untickable(scope)))}
</fieldset>
<p class="buttons">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" class="quiet">Deny</button>
</p>
</form>`,
  );
}

export function errorPage(title: string, { heading, text }: ErrorPage): Html {
  return page(
    title,
    html`<h1>${heading}</h1>
<p>${text}</p>`,
  );
}

/** Returns the form of Form Post Response Mode. The lab has no scripts, so the person submits it. */
export function postPage(location: string): Html {
  const url = new URL(location);
  const { origin, pathname, searchParams } = url;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Back to ${url.host}</title>
<link rel="stylesheet" href="/lab.css">
</head>
<body>
<main>
<form method="post" action="${origin}${pathname}">
${[...searchParams].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p class="buttons"><button>Back to ${url.host}</button></p>
</form>
</main>
</body>
</html>
`;
}

function personChoice(room: Room, person: Person, checked: boolean): Html {
  return html`<label class="person"><input type="radio" name="user" value="${person.id}"${checked && html` checked`}>
<img src="/${room.profile.name}/lab/avatars/${person.id}" alt="" width="40" height="40">
<span><bdi>${person.name}</bdi><small>${person.email ?? 'no e-mail address'}</small></span></label>
`;
}

function scopeChoice(scope: string, untickable: boolean): Html {
  if (!untickable)
    return html`<p class="scope">✓ <code>${scope}</code></p>
`;
  return html`<label class="scope"><input type="checkbox" name="scope" value="${scope}" checked> <code>${scope}</code></label>
`;
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} (simulated)</title>
<link rel="stylesheet" href="/lab.css">
</head>
<body>
<header class="banner">Symbolon lab – simulated ${title}</header>
<main>
${content}
</main>
</body>
</html>
`;
}
