import type { Text } from '../kit/locale.ts';

/** The texts of all lists. */
export const listTexts = {
  sort: { en: 'Sort', zh: '排序' },
  filter: { en: 'Filter', zh: '筛选' },
  more: { en: 'More filters', zh: '更多筛选' },
  clear: { en: 'Clear filters', zh: '清除筛选' },
  any: { en: 'any', zh: '不限' },
  noMatch: { en: 'Nothing matches these filters.', zh: '没有符合筛选条件的内容。' },
  tick: { en: 'Select this row', zh: '选择此行' },
  tickAll: { en: 'Select all rows', zh: '全选' },
  ticked: { en: 'With the selected rows:', zh: '对所选行：' },
  allOfFilter: { en: 'All rows of this filter, on all pages', zh: '选择符合筛选条件的所有行（包括其他页）' },
  lookedBack: { en: 'Looked back to', zh: '已查找至' },
  goOn: { en: 'Look back further', zh: '继续向前查找' },
  pages: { en: 'Pages', zh: '分页' },
  first: { en: 'First page', zh: '第一页' },
  next: { en: 'Next page', zh: '下一页' },
  exportAs: { en: 'Export', zh: '导出' },
  copyLink: { en: 'Copy link', zh: '复制链接' },
  copy: { en: 'Copy', zh: '复制' },
  apiCall: { en: 'As API call', zh: '对应的 API 调用' },
  liveOn: { en: 'Refresh by itself', zh: '自动刷新' },
  liveOff: { en: 'Stop refreshing', zh: '停止自动刷新' },
} satisfies Record<string, Text>;
