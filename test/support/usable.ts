import axe from 'axe-core';
import type { Page } from 'playwright-core';

const options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // Only experimental rules, which are not run, need the style sheets too.
  preload: { assets: ['media'] },
  resultTypes: ['violations'],
};

/**
 * Returns what makes the page unusable on a phone, with a keyboard or with a screen reader: wider than the
 * screen, targets too small for a thumb, or a violated axe rule (WCAG 2.2 AA). Empty if the page is usable.
 */
export async function obstacles(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(`(async () => {
    ${axe.source}
    const { violations } = await axe.run(document, ${JSON.stringify(options)});
    const found = violations.map(({ id, nodes }) => id + ': ' + nodes[0].target.join(' '));
    if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the screen');
    for (const element of document.querySelectorAll('main button, main .button, main summary, .row > a, header a, footer a')) {
      const { width, height } = element.getBoundingClientRect();
      if (height > 0 && height < 44) found.push('small: ' + element.textContent + ' ' + width + 'x' + height);
    }
    return found;
  })()`);
}
