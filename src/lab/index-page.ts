import { type Html, html } from '../kit/html.ts';
import type { RunningRoom } from './room.ts';

/** Returns the index page: the simulated providers and the addresses of their control API. */
export function indexPage(rooms: ReadonlyMap<string, RunningRoom>, origin: string): Html {
  const [example = 'wechat'] = rooms.keys();
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Symbolon lab</title>
<link rel="stylesheet" href="/lab.css">
</head>
<body>
<header class="banner">Symbolon lab</header>
<main class="wide">
<h1>Simulated providers</h1>
<p>Each speaks its provider’s own wire format and keeps its own people, grants and tokens. <b>State</b> shows them, with
the faults it knows (<code>kinds_of_fault</code>); <b>calls</b> is every request it has had, newest last. Break one for
the next request, and mend it again:</p>
<pre>curl -X POST ${origin}/control/${example}/faults -H 'content-type: application/json' -d '{"on":"refresh","fault":"503"}'
curl -X DELETE ${origin}/control/${example}/faults</pre>
<ul class="rooms">
${[...rooms].map(([name, { room }]) => html`<li><span>${room.profile.title}</span><a href="/control/${name}" aria-label="state of ${room.profile.title}">state</a><a href="/control/${name}/log" aria-label="calls of ${room.profile.title}">calls</a></li>`)}
</ul>
</main>
</body>
</html>
`;
}
