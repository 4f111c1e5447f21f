import { suiteProfile } from './feishu/suite.ts';

/** Feishu, mainland China. */
export const feishu = suiteProfile({ name: 'feishu', title: 'Feishu', clientId: 'cli_a5symbolonlab01e' });
