/**
 * The accent colour of a deployment or an app. It colours buttons and links in the light scheme as it is, and in the dark
 * scheme mixed with white, since no single colour is readable on both papers.
 */
export interface AccentShades {
  readonly light: string;
  readonly dark: string;
}

type Colour = readonly [red: number, green: number, blue: number];

/** The backgrounds of links, and the text on buttons, in symbolon.css. A test compares them. */
export const sheetColours = {
  light: { papers: ['#ffffff', '#f7f6f2'], onAccent: '#ffffff' },
  dark: { papers: ['#1b2327', '#12181b'], onAccent: '#0d1c22' },
} as const;

/** WCAG 2.2, success criterion 1.4.3. */
const leastContrast = 4.5;

/** Returns why a colour is no accent. Undefined: it is readable in both schemes. */
export function accentFault(colour: string): string | undefined {
  const light = contrastIn('light', parsed(colour));
  if (light < leastContrast)
    return `has a contrast of ${light.toFixed(2)}:1 on a light page, and text needs ${leastContrast}:1; choose a darker one`;
  const dark = contrastIn('dark', parsed(shadesOf(colour).dark));
  return dark < leastContrast ? `has a contrast of ${dark.toFixed(2)}:1 on a dark page` : undefined;
}

export function shadesOf(colour: string): AccentShades {
  const own = parsed(colour);
  const mixes = Array.from({ length: 41 }, (_, step) => mixedWithWhite(own, step / 40));
  const dark = mixes.find((mix) => contrastIn('dark', mix) >= leastContrast) ?? mixes.at(-1) ?? own;
  return { light: written(own), dark: written(dark) };
}

function contrastIn(scheme: keyof typeof sheetColours, colour: Colour): number {
  const { papers, onAccent } = sheetColours[scheme];
  return Math.min(...[...papers, onAccent].map((other) => contrast(colour, parsed(other))));
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixedWithWhite([red, green, blue]: Colour, share: number): Colour {
  const mixed = (part: number) => Math.round(part + (255 - part) * share);
  return [mixed(red), mixed(green), mixed(blue)];
}

function parsed(colour: string): Colour {
  const part = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

function written(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
