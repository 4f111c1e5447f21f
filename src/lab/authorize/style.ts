export const stylesheet = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 30rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
main.wide { max-width: 60rem; }
.rooms { columns: 17rem; list-style: none; padding: 0; }
.rooms li { display: flex; gap: .25rem; align-items: center; break-inside: avoid; }
.rooms span { flex: 1; }
.rooms a { padding: .7rem .5rem; }
a { color: LinkText; }
pre { white-space: pre-wrap; padding: .75rem; border: 1px solid #8886; border-radius: .5rem; }
h1 { font-size: 1.4rem; }
.banner { margin: 0; padding: .5rem 1rem; background: #f4c430; color: #222; text-align: center; font-weight: 600; }
fieldset { border: 1px solid #8886; border-radius: .5rem; margin: 0 0 1rem; padding: .5rem 1rem; }
label { display: flex; gap: .75rem; align-items: center; padding: .4rem 0; min-height: 2.75rem; cursor: pointer; }
label img { border-radius: 50%; }
label span { overflow-wrap: anywhere; }
small { display: block; opacity: .7; }
.scope { margin: .25rem 0; overflow-wrap: anywhere; }
.buttons { display: flex; gap: .75rem; }
button { flex: 1; font: inherit; padding: .75rem; border-radius: .5rem; border: 1px solid #06c; background: #06c; color: #fff; cursor: pointer; }
button.quiet { background: transparent; color: inherit; border-color: #8888; }
`;

// No form-action: Chromium applies it to the redirect back to the client as well.
export const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const hues = [0, 210, 25, 140, 290];

/** Returns a picture for a person of the lab: a coloured disc with an initial. */
export function avatar(name: string, index: number): string {
  const initial = [...name].find((character) => /[\p{L}\p{N}]/u.test(character)) ?? '?';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132" width="132" height="132">
<rect width="132" height="132" fill="hsl(${hues[index % hues.length]} 55% 45%)"/>
<text x="66" y="88" font-size="64" text-anchor="middle" fill="#fff" font-family="sans-serif">${initial}</text>
</svg>`;
}
