import type { KoaContextWithOIDC } from 'oidc-provider';
import { html } from '../../kit/html.ts';
import { htmlLang, localeOf, type Text } from '../../kit/locale.ts';

const texts = {
  title: { en: 'One moment', zh: '请稍候' },
  hint: {
    en: 'Your browser runs no scripts. Press the button to go on.',
    zh: '您的浏览器未启用脚本，请点击按钮继续。',
  },
  goOn: { en: 'Continue', zh: '继续' },
} satisfies Record<string, Text>;

const theirs = {
  start: '<html>\n<head>',
  title: '<title>Submitting Callback</title>',
  hint: "Your browser does not support JavaScript or you've disabled it.<br/>",
  button: '<button autofocus type="submit">Continue</button>',
};

/**
 * Gives oidc-provider's page that submits itself a language, a width for phones and our words. A browser without JavaScript
 * shows it: as the answer with `response_mode=form_post`, and at a sign-out without a session. Its script stays, since the
 * Content-Security-Policy has its hash.
 */
export function createFormPostPage() {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { body } = ctx;
      if (typeof body !== 'string' || !body.includes(theirs.title)) return;
      const locale = localeOf(ctx);
      const ours = {
        start: html`<html lang="${htmlLang[locale]}">
<head>
<meta name="viewport" content="width=device-width, initial-scale=1">`,
        title: html`<title>${texts.title[locale]}</title>`,
        hint: html`<p>${texts.hint[locale]}</p>`,
        button: html`<button type="submit">${texts.goOn[locale]}</button>`,
      };
      ctx.body = Object.entries(ours).reduce(
        (page, [part, markup]) => page.replace(theirs[part as keyof typeof theirs], () => markup.toString()),
        body,
      );
    },
  };
}
