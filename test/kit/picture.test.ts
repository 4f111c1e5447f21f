import { describe, expect, it } from 'vitest';
import { bytesOf, pictureOf, pictureUrl, urlOf } from '../../src/kit/picture.ts';
import { chunk, png, webp } from '../support/pictures.ts';

const faultOf = (url: string) => pictureUrl.safeParse(url).error?.issues[0]?.message;

describe('a logo', () => {
  it.each([
    ['a small PNG', png(16)],
    ['a wide PNG', png(320, 64)],
    ['a WebP', webp(1024, 16)],
  ])('%s is taken, and comes back as it was', (_, url) => {
    expect(faultOf(url)).toBeUndefined();
    const picture = pictureOf(bytesOf(url));
    expect(picture && urlOf(picture)).toBe(url);
  });

  const renamed = (url: string) => url.replace('image/png', 'image/webp');
  const padded = (url: string) =>
    `data:image/png;base64,${Buffer.concat([bytesOf(url), Buffer.from('<script>')]).toString('base64')}`;
  it.each([
    ['an SVG', 'data:image/svg+xml;base64,PHN2Zy8+', 'must be data:image/png'],
    ['an address', 'https://logo.example/logo.png', 'must be data:image/png'],
    ['text with a name of a picture', 'data:image/png;base64,PHN2Zy8+', 'no whole PNG picture'],
    ['a PNG that says it is a WebP', renamed(png(16)), 'no whole WebP picture'],
    ['a PNG with something behind it', padded(png(16)), 'no whole PNG picture'],
    ['a PNG that moves', png(16, 16, chunk('acTL', Buffer.alloc(8))), 'no whole PNG picture'],
    ['a WebP that moves', webp(64, 64, 2), 'no whole WebP picture'],
    ['a dot', png(15), 'is 15 by 15 pixels'],
    ['a PNG as wide as a wall', png(1025, 16), 'is 1025 by 16 pixels'],
    ['a heavy PNG', png(64, 64, chunk('tEXt', Buffer.alloc(65 * 1024))), 'is larger than 64 kB'],
  ])('%s is refused', (_, url, words) => {
    expect(faultOf(url)).toContain(words);
  });
});
