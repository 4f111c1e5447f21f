import { suiteProfile } from './feishu/suite.ts';

/** Lark: the same product as Feishu on other hosts. */
export const lark = suiteProfile({ name: 'lark', title: 'Lark', clientId: 'cli_a6symbolonlab02e' });
