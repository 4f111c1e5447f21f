import { scopeWords } from '../../contract/scope-words.ts';

const api = 'https://www.googleapis.com/auth/';

/** Google's scopes, as its own consent page words them. */
export const googleWords = scopeWords({
  'https://mail.google.com/': [
    'read, write, send and delete all your mail in Gmail',
    '读取、撰写、发送和删除您的全部 Gmail 邮件',
  ],
  [`${api}gmail.readonly`]: ['read your mail in Gmail', '读取您的 Gmail 邮件'],
  [`${api}gmail.metadata`]: ['see the headers of your mail in Gmail', '查看您的 Gmail 邮件标头'],
  [`${api}gmail.send`]: ['send mail as you', '以您的名义发送邮件'],
  [`${api}gmail.compose`]: ['write and send mail as you', '以您的名义撰写和发送邮件'],
  [`${api}gmail.modify`]: ['read, write and send your mail', '读取、撰写和发送您的邮件'],
  [`${api}gmail.labels`]: ['see and change your labels in Gmail', '查看和更改您的 Gmail 标签'],
  [`${api}calendar`]: [
    'see, change, share and delete all your calendars',
    '查看、修改、共享和删除您的全部日历',
  ],
  [`${api}calendar.readonly`]: ['see your calendars', '查看您的日历'],
  [`${api}calendar.events`]: ['see and change events in your calendars', '查看和修改您的日历活动'],
  [`${api}calendar.events.readonly`]: ['see events in your calendars', '查看您的日历活动'],
  [`${api}calendar.freebusy`]: ['see when you are busy', '查看您的忙闲状态'],
  [`${api}drive`]: [
    'see, change, create and delete all your files in Drive',
    '查看、修改、创建和删除您的全部云端硬盘文件',
  ],
  [`${api}drive.readonly`]: ['see and download all your files in Drive', '查看和下载您的全部云端硬盘文件'],
  [`${api}drive.file`]: [
    'see and change the files in Drive that you use with it',
    '查看和修改您通过该应用使用的云端硬盘文件',
  ],
  [`${api}drive.metadata.readonly`]: ['see the names of your files in Drive', '查看您的云端硬盘文件信息'],
  [`${api}drive.appdata`]: ['keep its own data in your Drive', '在您的云端硬盘中保存该应用的数据'],
  [`${api}documents`]: ['see, change and delete your documents in Docs', '查看、修改和删除您的 Google 文档'],
  [`${api}documents.readonly`]: ['see your documents in Docs', '查看您的 Google 文档'],
  [`${api}spreadsheets`]: ['see, change and delete your spreadsheets', '查看、修改和删除您的 Google 表格'],
  [`${api}spreadsheets.readonly`]: ['see your spreadsheets', '查看您的 Google 表格'],
  [`${api}contacts`]: ['see, change and delete your contacts', '查看、修改和删除您的通讯录'],
  [`${api}contacts.readonly`]: ['see your contacts', '查看您的通讯录'],
  [`${api}tasks`]: ['see, change and delete your tasks', '查看、修改和删除您的任务'],
  [`${api}tasks.readonly`]: ['see your tasks', '查看您的任务'],
  [`${api}youtube`]: ['manage your YouTube account', '管理您的 YouTube 账号'],
  [`${api}youtube.readonly`]: ['see your YouTube account', '查看您的 YouTube 账号'],
  [`${api}youtube.upload`]: ['upload videos to YouTube as you', '以您的名义上传 YouTube 视频'],
  [`${api}user.birthday.read`]: ['see your date of birth', '查看您的出生日期'],
  [`${api}user.phonenumbers.read`]: ['see your phone numbers', '查看您的电话号码'],
  [`${api}analytics.readonly`]: ['see your Analytics data', '查看您的 Analytics 数据'],
  [`${api}cloud-platform`]: [
    'see, change and delete your Google Cloud data',
    '查看、修改和删除您的 Google Cloud 数据',
  ],
});
