import { describe, expect, it } from 'vitest';
import { displayPicture, displayText } from '../../src/http/display-text.ts';

describe('untrusted text on a page', () => {
  it.each([
    ['林小雨', '林小雨'],
    ['  Ada \t Okafor\r\n', 'Ada Okafor'],
    ['a\0b', 'a b'],
    ['Sign\u202Eni', 'Sign ni'],
    ['\u2066left\u2069 \u200Bzero \uFEFFmark', 'left zero mark'],
    ['one\u2028two', 'one two'],
    ['half \ud800', 'half'],
    ['\u001b[31mred', '[31mred'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['\u200B\u202E\0', ''],
  ])('%j is shown as %j', (text, shown) => {
    expect(displayText(text)).toBe(shown);
  });

  it('is short, and never ends within a character', () => {
    expect(Array.from(displayText('🦊'.repeat(500)))).toHaveLength(80);
    expect(displayText('🦊'.repeat(500))).toMatch(/^🦊+…$/u);
    expect(displayText('x'.repeat(1_000_000)).length).toBe(80);
    expect(displayText('x'.repeat(12), 10)).toBe('xxxxxxxxx…');
  });

  it('is empty if it is missing', () => {
    expect([displayText(null), displayText(undefined)]).toEqual(['', '']);
  });
});

describe('an untrusted picture', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'http://example.com/a.png',
    '//example.com/a.png',
    '/logout',
    'https://user:password@example.com/a.png',
    'https://',
    ' ',
    '',
    `https://example.com/${'a'.repeat(3000)}`,
  ])('%s is not shown', (url) => {
    expect(displayPicture(url)).toBeUndefined();
  });

  it('with an https URL is shown', () => {
    expect(displayPicture('https://example.com/a.png')).toBe('https://example.com/a.png');
  });
});
