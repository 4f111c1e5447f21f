import { type Html, html } from '../kit/html.ts';
import type { RunningRoom } from './room.ts';

/** The front door: which providers are simulated here, and where their switches are. */
export function indexPage(rooms: ReadonlyMap<string, RunningRoom>): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Symbolon lab</title>
<link rel="stylesheet" href="/lab.css">
</head>
<body>
<p class="banner">Symbolon lab – simulated providers</p>
<main class="wide">
<ul class="rooms">
${[...rooms].map(([name, { room }]) => html`<li>${room.profile.title}: <a href="/control/${name}">state</a>, <a href="/control/${name}/log">calls</a></li>`)}
</ul>
</main>
</body>
</html>
`;
}
