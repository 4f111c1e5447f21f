import { suite } from './feishu/suite.ts';

/** Lark: Feishu for organizations outside mainland China. */
export const lark = suite({ provider: 'lark', title: { en: 'Lark', zh: 'Lark' }, domain: 'larksuite.com' });
