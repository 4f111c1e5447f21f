import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { findConnector, providers } from '../src/connectors/registry.ts';

// `npm run marks -- FOLDER`: copies the marks of providers from an unpacked simple-icons, and writes docs/marks.md. The marks
// are not a dependency: the files are CC0, and a change of one of them should be seen by a person.

const folder = process.argv[2] ?? '';
const target = 'src/http/assets/providers';

/** The name in simple-icons, where it is not the provider's own. */
const slugs: Readonly<Record<string, string>> = {
  'epic-games': 'epicgames',
  'github-app': 'github',
  kakao: 'kakaotalk',
  'openid-connect': 'openid',
  'wechat-mini-program': 'wechat',
  'wechat-official-account': 'wechat',
  'wechat-web': 'wechat',
  weibo: 'sinaweibo',
};

/** Marks that we may not take from there, or that are another product's. */
const refused: Readonly<Record<string, string>> = {
  douyin: 'only as TikTok, which is another service',
  google:
    "the mark of Google's own button, in four colours (https://developers.google.com/identity/branding-guidelines)",
  yandex: 'only as Yandex Cloud, which is another product',
};

const icons = z
  .array(
    z.object({
      title: z.string(),
      slug: z.string().optional(),
      hex: z.string(),
      source: z.string(),
      guidelines: z.string().optional(),
    }),
  )
  .parse(JSON.parse(readFileSync(`${folder}/data/simple-icons.json`, 'utf8')));
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
const slugOf = (title: string) => title.toLowerCase().replace(/[^a-z0-9]/g, '');

for (const file of readdirSync(target)) if (!file.startsWith('google')) rmSync(`${target}/${file}`);

const rows = providers.toSorted().map((provider) => {
  const slug = slugs[provider] ?? provider;
  const icon = icons.find((one) => (one.slug ?? slugOf(one.title)) === slug);
  const title = findConnector(provider)?.title.en ?? provider;
  const why = refused[provider] ?? (icon ? undefined : 'not in simple-icons');
  if (why !== undefined || !icon) return [title, provider === 'google' ? why : `a letter: ${why}`, '', ''];
  const path = /<path d="([^"]+)"/.exec(readFileSync(`${folder}/icons/${slug}.svg`, 'utf8'))?.[1] ?? '';
  const colour = `#${icon.hex}`;
  writeFileSync(
    `${target}/${provider}.svg`,
    drawing(icon.title, path, colour, contrast(colour, '#ffffff') < 1.8),
  );
  if (contrast(colour, '#1b2327') < 2.6)
    writeFileSync(`${target}/${provider}.dark.svg`, drawing(icon.title, path, '#fff', false));
  return [title, icon.title, `<${icon.source}>`, icon.guidelines ? `<${icon.guidelines}>` : ''];
});

const start = '<!-- marks -->';
const end = '<!-- /marks -->';
const page = readFileSync('docs/marks.md', 'utf8');
const table = [
  `From simple-icons ${version}.`,
  '',
  '| provider | mark | source | guidelines |',
  '| --- | --- | --- | --- |',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
].join('\n');
writeFileSync(
  'docs/marks.md',
  `${page.slice(0, page.indexOf(start) + start.length)}\n\n${table}\n\n${page.slice(page.indexOf(end))}`,
);

/** A colour too light for a white card becomes the ground of a tile. */
function drawing(title: string, path: string, colour: string, asTile: boolean): string {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><title>${title}</title>`;
  if (!asTile) return `${open}<path fill="${colour}" d="${path}"/></svg>\n`;
  const inner = `<g transform="translate(4 4) scale(.6667)"><path fill="#191919" d="${path}"/></g>`;
  return `${open}<rect width="24" height="24" rx="5" fill="${colour}"/>${inner}</svg>\n`;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
