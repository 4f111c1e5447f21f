export const stylesheet = `
:root {
  color-scheme: light dark;
  --ink: #20242c; --quiet: #646d7a; --paper: #f4f6fb; --card: #fff; --line: #d8deea;
  --accent: #4338ca; --on-accent: #fff; --good: #1d7a46; --warn: #9a5b00; --code: #eef1f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaf2; --quiet: #a2abbb; --paper: #11131a; --card: #1a1e29; --line: #323a4d;
    --accent: #a5a0ff; --on-accent: #14122e; --good: #6fd39b; --warn: #f0b45a; --code: #131722;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif;
}
.bar { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .3rem 1rem; background: var(--accent); color: var(--on-accent); }
.bar a { display: inline-flex; align-items: center; min-height: 2.75rem; color: inherit; font-weight: 700; text-decoration: none; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
h3 { font-size: .95rem; margin: .9rem 0 .3rem; color: var(--quiet); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--warn); outline-offset: 2px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1rem; margin: 0 0 .9rem; }
.person { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; }
.person > div { flex: 1 1 12rem; min-width: 0; overflow-wrap: anywhere; }
.person img, .initial { width: 3rem; height: 3rem; border-radius: 50%; background: var(--line); object-fit: cover; }
.initial { display: grid; place-items: center; font-weight: 700; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: .9rem; margin: .25rem 0; overflow-wrap: anywhere; }
.good { color: var(--good); } .warn { color: var(--warn); }
.stack { display: grid; gap: .6rem; margin: 1.2rem 0; }
.ways { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(min(13.5rem, 100%), 1fr)); }
details.card { padding: .2rem 1rem; }
.steps { padding-left: 1.4rem; } .steps li { margin: .3rem 0; }
summary { cursor: pointer; min-height: 2.75rem; padding: .6rem 0; font-weight: 600; }
.row form { display: flex; flex-wrap: wrap; gap: .6rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
button, .button {
  font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.1rem; border-radius: .6rem; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
  display: inline-flex; align-items: center; justify-content: center; text-decoration: none;
}
.plain { background: transparent; color: var(--accent); }
.notice { border-left: .3rem solid var(--warn); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--code); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem; margin: .4rem 0; font-size: .85rem; line-height: 1.45; }
`;
