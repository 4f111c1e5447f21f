import { suite } from './feishu/suite.ts';

/** Lark, which is Feishu for the rest of the world. */
export const lark = suite({ provider: 'lark', title: { en: 'Lark', zh: 'Lark' }, domain: 'larksuite.com' });
