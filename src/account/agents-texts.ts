import type { Text } from '../kit/locale.ts';

/** The texts about agents and their permissions. */
export const agentTexts = {
  title: { en: 'Agents', zh: '智能体' },
  toPage: { en: 'Agents, and what they may do', zh: '智能体及其权限' },
  intro: {
    en: 'Agents are AI assistants and other programs that you let use your linked accounts.',
    zh: '智能体是您授权使用关联账号的 AI 助手或其他程序。',
  },
  none: { en: 'You have let in no agent.', zh: '您尚未授权任何智能体。' },
  waiting: { en: 'Waiting for your decision', zh: '等待您确认' },
  waitingCount: {
    en: 'Agents wait for your decision: {count}.',
    zh: '有 {count} 项操作等待您确认。',
  },
  decide: { en: 'Look at it', zh: '查看' },
  yours: { en: 'Your agents', zh: '您的智能体' },
  domain: { en: 'Domain', zh: '域名' },
  thisDevice: { en: 'this device', zh: '本机' },
  unproven: { en: 'not proven', zh: '未经验证' },
  unknownDomain: { en: 'none stated', zh: '未提供' },
  allowedSince: { en: 'Allowed', zh: '授权时间' },
  unknown: { en: 'Apps that registered themselves', zh: '自行注册的应用' },
  unknownHint: {
    en: 'No operator of this site has checked them. End those that you do not know.',
    zh: '本站未审核这些应用。如有不认识的应用，请终止其访问。',
  },
  byDocument: { en: 'Described at {domain}', zh: '应用信息发布于 {domain}' },
  byItself: {
    en: 'It registered itself. Nothing proves where it comes from.',
    zh: '由应用自行注册，来源未经验证。',
  },
  answersTo: { en: 'Answers go to: {hosts}', zh: '授权结果发送至：{hosts}' },
  lastUsed: { en: 'Last used', zh: '最近使用' },
  notUsed: { en: 'Not used yet, or long ago', zh: '近期未使用' },
  end: { en: 'End access', zh: '终止访问' },
  endOf: { en: 'End the access of {app}', zh: '终止{app}的访问' },
  stop: { en: 'Stop this agent', zh: '停止此智能体' },
  stopAll: { en: 'Stop all agents', zh: '停止所有智能体' },
  stopHint: {
    en: 'Their sign-ins, permissions and open questions end at once. Your accounts stay linked.',
    zh: '其登录、权限和待确认的操作会立即终止，您的关联账号保持不变。',
  },
  did: { en: 'What agents did', zh: '智能体操作记录' },
  didIntro: {
    en: 'What agents read and changed with your accounts, and what was refused, newest first.',
    zh: '智能体使用您的账号读取、更改的内容以及被拒绝的操作，按时间倒序排列。',
  },
  nothing: { en: 'No agent has done anything yet.', zh: '智能体尚未执行任何操作。' },
  older: { en: 'Older', zh: '更早的记录' },
  showAll: { en: 'Show all agents', zh: '显示所有智能体' },
  former: { en: 'An app that is gone', zh: '已移除的应用' },

  permissionFor: { en: 'May {app} use it?', zh: '允许{app}使用此账号？' },
  until: { en: 'until', zh: '有效期至' },
  ended: { en: 'ended', zh: '已结束' },
  untilRevoked: { en: 'until you revoke it', zh: '直到您撤回' },
  howLong: { en: 'For how long?', zh: '有效期' },
  save: { en: 'Save', zh: '保存' },
  noAccounts: {
    en: 'You have let this agent use no linked account.',
    zh: '您尚未允许此智能体使用任何关联账号。',
  },
  none_mode: { en: 'Nothing', zh: '不允许' },
  read_mode: { en: 'Only read', zh: '仅可读取' },
  ask_mode: { en: 'Read, and ask before each change', zh: '可读取，每次更改前询问我' },
  write_mode: { en: 'Read and change without asking', zh: '可读取和更改，无需询问' },
  quarter: { en: '15 minutes', zh: '15 分钟' },
  day: { en: 'a day', zh: '1 天' },
  always: { en: 'until I revoke it', zh: '直到我撤回' },
  writeHint: {
    en: 'After an agent has read one account, its changes to another one ask you all the same.',
    zh: '智能体读取过一个账号后，在另一个账号中的更改仍会询问您。',
  },
} satisfies Record<string, Text>;

/** The lines of “What agents did”. */
export const didTexts = {
  read: { en: '{app} read with {account}', zh: '{app}读取了{account}' },
  changed: { en: '{app} changed something with {account}', zh: '{app}更改了{account}中的内容' },
  used: { en: '{app} used the tool {tool}', zh: '{app}使用了工具 {tool}' },
  refused: { en: '{app} was refused at {account}', zh: '已拒绝{app}使用{account}' },
  waits: {
    en: '{app} waits for your decision on a change with {account}',
    zh: '{app}正在等待您确认在{account}中的更改',
  },
  waitsToRead: {
    en: '{app} waits for your decision on a read from {account}',
    zh: '{app}正在等待您确认读取{account}',
  },
  connect: { en: '{app} asked you for an account', zh: '{app}请求您提供账号' },
  requested: {
    en: '{app} asked you to approve a change with {account}',
    zh: '{app}请求您批准在{account}中的更改',
  },
  requestedRead: {
    en: '{app} asked you to approve a read from {account}',
    zh: '{app}请求您批准读取{account}',
  },
  approvedRead: { en: 'You approved a read by {app} from {account}', zh: '您批准了{app}读取{account}' },
  deniedRead: { en: 'You denied {app} a read from {account}', zh: '您拒绝了{app}读取{account}' },
  approved: { en: 'You approved a change by {app} with {account}', zh: '您批准了{app}在{account}中的更改' },
  denied: { en: 'You denied {app} a change with {account}', zh: '您拒绝了{app}在{account}中的更改' },
  expired: { en: 'A question of {app} expired', zh: '{app}的请求已过期' },
  misused: { en: 'A wrong use of an approval of {app} was refused', zh: '已拒绝对{app}操作批准的错误使用' },
  chosen: { en: 'You changed what {app} may do', zh: '您更改了{app}的权限' },
  stopped: { en: 'You stopped agents', zh: '您停止了智能体' },
  reason: { en: 'the agent says: {reason}', zh: '智能体说明：{reason}' },
} satisfies Record<string, Text>;
