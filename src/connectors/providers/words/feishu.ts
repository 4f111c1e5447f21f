import { scopeWords } from '../../contract/scope-words.ts';

/** The scopes of Feishu and Lark, which have one platform. */
export const feishuWords = scopeWords({
  'contact:user.base:readonly': ['see your name and picture', '获取您的姓名和头像'],
  'contact:user.email:readonly': ['see your e-mail address', '获取您的邮箱地址'],
  'contact:user.employee_id:readonly': ['see your employee number', '获取您的工号'],
  'contact:user.phone:readonly': ['see your phone number', '获取您的手机号码'],
  'calendar:calendar': ['see and change your calendars', '查看和修改您的日历'],
  'calendar:calendar:readonly': ['see your calendars', '查看您的日历'],
  'docx:document': ['see and change your documents', '查看和编辑您的文档'],
  'docx:document:readonly': ['see your documents', '查看您的文档'],
  'docs:doc': ['see and change your documents', '查看和编辑您的文档'],
  'drive:drive': ['see, change and delete your files', '查看、编辑和删除您的云空间文件'],
  'drive:drive:readonly': ['see your files', '查看您的云空间文件'],
  'sheets:spreadsheet': ['see and change your spreadsheets', '查看和编辑您的电子表格'],
  'sheets:spreadsheet:readonly': ['see your spreadsheets', '查看您的电子表格'],
  'bitable:app': ['see and change your bases', '查看和编辑您的多维表格'],
  'bitable:app:readonly': ['see your bases', '查看您的多维表格'],
  'wiki:wiki': ['see and change your wiki', '查看和编辑您的知识库'],
  'wiki:wiki:readonly': ['see your wiki', '查看您的知识库'],
  'task:task:write': ['see and change your tasks', '查看和修改您的任务'],
  'task:task:read': ['see your tasks', '查看您的任务'],
  'im:message': ['read and send messages as you', '以您的身份读取和发送消息'],
  'im:message:readonly': ['read your messages', '读取您的消息'],
  'mail:user_mailbox.message:send': ['send mail as you', '以您的名义发送邮件'],
});
