import type { Text } from '../kit/locale.ts';

/** The texts of all forms that change the configuration. */
export const editTexts = {
  save: { en: 'Save', zh: '保存' },
  saved: { en: 'Saved.', zh: '已保存。' },
  notSaved: { en: 'Nothing was saved.', zh: '未保存。' },
  yes: { en: 'yes', zh: '是' },
  no: { en: 'no', zh: '否' },
  removePicture: { en: 'Remove the picture', zh: '移除图片' },
  keeper: { en: 'Managed by', zh: '维护方' },
  keptBy: { en: 'kept by', zh: '维护方：' },
  keptWhat: {
    en: '{keeper} keeps this item, and would undo your change at its next run.',
    zh: '此项由 {keeper} 维护，您的更改会在其下次运行时被撤销。',
  },
  keptType: { en: 'To go on, type: {words}', zh: '如要继续，请输入：{words}' },
  anyway: { en: 'change anyway', zh: '仍要更改' },
  staleTitle: { en: 'Another change came first', zh: '内容已被他人更改' },
  stale: {
    en: 'Nothing of yours is saved yet. These fields now have another value. Choose one for each, and save.',
    zh: '您的更改尚未保存。以下字段已有新的值，请逐项选择后保存。',
  },
  field: { en: 'Field', zh: '字段' },
  mine: { en: 'Yours', zh: '您的值' },
  theirs: { en: 'Now', zh: '当前值' },
  staleSecret: { en: 'Enter it again', zh: '请重新输入' },
  discard: { en: 'Keep everything as it is now', zh: '放弃我的更改' },
  typeName: { en: 'To go on, type: {name}', zh: '如要继续，请输入：{name}' },
  typedWrong: {
    en: 'The name that you typed is not {name}. Nothing was changed.',
    zh: '您输入的内容不是 {name}，未作任何更改。',
  },
} satisfies Record<string, Text>;
