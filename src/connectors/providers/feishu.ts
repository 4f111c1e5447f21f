import { suite } from './feishu/suite.ts';

/** Feishu (飞书), for organizations in mainland China. */
export const feishu = suite({
  provider: 'feishu',
  title: { en: 'Feishu', zh: '飞书' },
  pinyin: 'fei shu',
  domain: 'feishu.cn',
});
