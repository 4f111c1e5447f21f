import type { Text } from '../locale.ts';
import type { EventType } from './events.ts';

// Each type of event as a sentence, for the console and the account page.

/** The headings under which types are listed. */
export const eventGroups = {
  signIn: { en: 'Sign-in', zh: '登录' },
  people: { en: 'People', zh: '用户' },
  accounts: { en: 'Linked accounts', zh: '关联的账号' },
  tokens: { en: 'Access to accounts', zh: '账号的使用' },
  agents: { en: 'Agents', zh: '智能体' },
  apps: { en: 'Apps and APIs', zh: '应用与 API' },
  connections: { en: 'Connections', zh: '身份源' },
  webhooks: { en: 'Webhooks', zh: 'Webhook' },
  admins: { en: 'Admins', zh: '管理员' },
  operation: { en: 'Operation', zh: '运维' },
} as const satisfies Readonly<Record<string, Text>>;
export type EventGroup = keyof typeof eventGroups;

const words: Readonly<Record<EventGroup, Partial<Record<EventType, Text>>>> = {
  signIn: {
    'login.started': { en: 'A sign-in began', zh: '开始登录' },
    'login.succeeded': { en: 'A person signed in', zh: '用户登录成功' },
    'login.failed': { en: 'A sign-in failed', zh: '登录失败' },
    signed_out: { en: 'A person was signed out', zh: '用户已退出登录' },
    'app.logout_undelivered': {
      en: 'An app was not reached to sign a person out',
      zh: '未能通知应用让用户退出登录',
    },
  },
  people: {
    'user.created': { en: 'A person signed in for the first time', zh: '新用户首次登录' },
    'user.disabled': { en: 'A person was disabled', zh: '用户已停用' },
    'user.enabled': { en: 'A person was enabled again', zh: '用户已重新启用' },
    'user.roles_changed': { en: 'The roles of a person were changed', zh: '用户角色已变更' },
    'user.deleted': { en: 'A person was erased', zh: '用户已注销' },
    'user.merged': { en: 'Two people were merged into one', zh: '两个用户已合并' },
    'person.revealed': {
      en: 'An auditor revealed masked details of a person',
      zh: '审计员查看了用户的隐藏信息',
    },
    'person.exported': { en: 'The data of a person were downloaded', zh: '用户数据已下载' },
    'person.viewed': { en: 'An admin read the page of a person', zh: '管理员查看了用户页面' },
  },
  accounts: {
    'identity.linked': { en: 'An account was linked', zh: '账号已关联' },
    'identity.unlinked': { en: 'An account was unlinked', zh: '账号已取消关联' },
    'identity.rekeyed': { en: 'The provider’s id of an account was changed', zh: '账号在平台上的标识已变更' },
    'token.deposited': { en: 'The tokens of an account were stored', zh: '账号的令牌已保存' },
    'token.refresh_requested': { en: 'A refresh was requested', zh: '已请求刷新令牌' },
    'token.refreshed': { en: 'The access token of an account was refreshed', zh: '账号的访问令牌已刷新' },
    'token.refresh_failed': { en: 'A refresh failed', zh: '刷新令牌失败' },
    'token.expiring': { en: 'The access to an account ends soon', zh: '账号授权即将到期' },
    'token.reauthorization_requested': {
      en: 'An operator asked for a new sign-in to an account',
      zh: '运营人员要求重新授权账号',
    },
    'token.reauthorization_required': {
      en: 'The person has to sign in to an account again',
      zh: '需要用户重新授权',
    },
    'token.revocation_requested': {
      en: 'An upstream revocation was requested',
      zh: '已请求在平台上解除授权',
    },
    'token.revoked': { en: 'The access to an account was ended at the provider', zh: '已在平台上解除授权' },
    'token.unreadable': { en: 'Stored tokens could not be decrypted', zh: '已保存的令牌无法解密' },
    'signal.received': { en: 'A provider sent a signal about an account', zh: '收到平台发来的账号通知' },
    'signal.refused': { en: 'A signal was refused', zh: '已拒绝一条账号通知' },
  },
  tokens: {
    'token.retrieved': { en: 'An app took the token of an account', zh: '应用获取了账号的令牌' },
    'token.proxied': { en: 'An app called a provider through the broker', zh: '应用通过本站调用了平台接口' },
    'token.exchanged': {
      en: 'An API got a token to act on behalf of its caller',
      zh: 'API 取得了代表调用方操作的令牌',
    },
    'token.refused': { en: 'An app was refused the token of an account', zh: '已拒绝应用获取账号的令牌' },
    'agreement.accepted': { en: 'A person accepted the agreement', zh: '用户同意了用户协议' },
    'agent.called': { en: 'An agent called a tool', zh: '智能体调用了工具' },
    'connect.refused': {
      en: 'A link to connect an account was opened by another person',
      zh: '关联账号的链接被其他用户打开',
    },
    'consent.given': { en: 'A person allowed an app', zh: '用户授权了应用' },
    'consent.denied': { en: 'A person denied an app its request', zh: '用户拒绝了应用的授权请求' },
    'grant.revoked': { en: 'The access of an app was withdrawn', zh: '对应用的授权已撤回' },
    'refresh_token.reused': {
      en: 'A refresh token of an app was used twice',
      zh: '应用的刷新令牌被重复使用',
    },
    'code.reused': { en: 'An authorization code was used twice', zh: '授权码被重复使用' },
  },
  agents: {
    'agent.permission_changed': {
      en: 'A person changed what an agent may do',
      zh: '用户更改了智能体的权限',
    },
    'agents.stopped': { en: 'A person stopped agents', zh: '用户停止了智能体' },
    'approval.requested': { en: 'An agent asked a person to approve a call', zh: '智能体请求用户批准操作' },
    'approval.approved': { en: 'A person approved a call of an agent', zh: '用户批准了智能体的操作' },
    'approval.denied': { en: 'A person denied a call of an agent', zh: '用户拒绝了智能体的操作' },
    'approval.used': { en: 'An approved call of an agent was made', zh: '获批的操作已执行' },
    'approval.expired': { en: 'An approval expired without its use', zh: '操作批准已过期' },
    'approval.refused': {
      en: 'A request to use or see an approval was refused',
      zh: '已拒绝对操作批准的请求',
    },
  },
  apps: {
    'app.created': { en: 'An app was created', zh: '应用已创建' },
    'app.changed': { en: 'An app was changed', zh: '应用已修改' },
    'app.deleted': { en: 'A removed app was deleted', zh: '已删除的应用被彻底清除' },
    'app.registered_by_document': {
      en: 'An app came by its metadata document',
      zh: '应用通过元数据文档完成登记',
    },
    'app.registered_dynamically': { en: 'An app registered itself', zh: '应用自行注册' },
    'app.document_changed': { en: 'An app changed its metadata document', zh: '应用更改了元数据文档' },
    'admission.changed': {
      en: 'The rules for apps that register themselves were changed',
      zh: '应用自行注册的规则已更改',
    },
    'app.restored': { en: 'A removed app was restored', zh: '已删除的应用已恢复' },
    'app.removed': { en: 'An app was removed', zh: '应用已删除' },
    'app.first_use': { en: 'An app used an account for the first time', zh: '应用首次使用该账号' },
    'device.approved': { en: 'A person has connected a device', zh: '已连接设备' },
    'device.refused': { en: 'A person has refused a device', zh: '已拒绝设备' },
    'device.codes_guessed': { en: 'Device codes were guessed', zh: '有人试猜设备验证码' },
    'app.keys_checked': { en: 'The published keys of an app were checked', zh: '应用公钥已检查' },
    'app.secret_rotated': { en: 'The secret of an app was rotated', zh: '应用密钥已更换' },
    'api.created': { en: 'An API was created', zh: 'API 已创建' },
    'api.changed': { en: 'An API was changed', zh: 'API 已修改' },
    'api.removed': { en: 'An API was removed', zh: 'API 已删除' },
    'api.secret_rotated': { en: 'The secret of an API was rotated', zh: 'API 密钥已更换' },
    'client.refused': { en: 'A client was refused', zh: '已拒绝客户端请求' },
  },
  connections: {
    'connection.created': { en: 'A connection was created', zh: '身份源已创建' },
    'connection.changed': { en: 'A connection was changed', zh: '身份源已修改' },
    'connection.reordered': { en: 'The order of connections was changed', zh: '身份源顺序已修改' },
    'connection.domain_file_added': {
      en: 'A domain verification file was added',
      zh: '已添加域名校验文件',
    },
    'connection.domain_file_removed': {
      en: 'A domain verification file was removed',
      zh: '已删除域名校验文件',
    },
    'connection.checked': { en: 'A connection was checked', zh: '身份源已检查' },
    'connection.issuer_changed': { en: 'The issuer of a connection was changed', zh: '身份源的签发方已变更' },
    'connection.origin_changed': {
      en: 'The provider’s host of a connection was changed',
      zh: '身份源的平台地址已变更',
    },
    'connection.removed': { en: 'A connection was removed', zh: '身份源已删除' },
    'connection.misconfigured': {
      en: 'A provider refused the settings of a connection',
      zh: '平台拒绝了身份源的配置',
    },
  },
  webhooks: {
    'webhook.created': { en: 'A webhook was created', zh: 'Webhook 已创建' },
    'webhook.changed': { en: 'A webhook was changed', zh: 'Webhook 已修改' },
    'webhook.removed': { en: 'A webhook was removed', zh: 'Webhook 已删除' },
    'webhook.secret_rotated': { en: 'The secret of a webhook was rotated', zh: 'Webhook 密钥已更换' },
    'webhook.tested': { en: 'A test was sent to a webhook', zh: '已向 Webhook 发送测试' },
    'webhook.resent': { en: 'A delivery of a webhook was sent again', zh: 'Webhook 投递已重新发送' },
    'webhook.disabled': { en: 'A webhook was disabled after many failures', zh: 'Webhook 多次失败后已停用' },
  },
  admins: {
    'admin.refused': { en: 'A caller of the admin API was refused', zh: '已拒绝管理接口的调用' },
    'admin.invited': { en: 'An admin was invited', zh: '已邀请管理员' },
    'admin.joined': { en: 'An admin accepted an invitation', zh: '管理员已接受邀请' },
    'admin.token_created': { en: 'An admin token was created', zh: '管理令牌已创建' },
    'admin.token_removed': { en: 'An admin token was removed', zh: '管理令牌已删除' },
    'admin.setup_started': { en: 'The first set-up began', zh: '首次设置已开始' },
    'admin.approval_requested': { en: 'A change waits for another owner', zh: '变更等待另一位所有者批准' },
    'admin.approval_given': { en: 'A change was approved', zh: '变更已批准' },
    'admin.approval_refused': { en: 'A change was refused', zh: '变更已拒绝' },
    'admin.approval_collected': {
      en: 'The answer of an approved change was collected',
      zh: '已取走获批变更的结果',
    },
  },
  operation: {
    'job.created': { en: 'A bulk job was created', zh: '批量任务已创建' },
    'job.paused': { en: 'A bulk job was paused', zh: '批量任务已暂停' },
    'job.resumed': { en: 'A bulk job goes on', zh: '批量任务已继续' },
    'job.cancelled': { en: 'A bulk job was cancelled', zh: '批量任务已取消' },
    'job.finished': { en: 'A bulk job ended', zh: '批量任务已结束' },
    'keys.signing_rotated': { en: 'The signing key was rotated', zh: '签名密钥已轮换' },
    'export.started': { en: 'An export of a list began', zh: '列表导出已开始' },
    'export.finished': { en: 'An export of a list ended', zh: '列表导出已结束' },
    'branding.changed': { en: 'The looks of the pages were changed', zh: '页面外观已修改' },
    'encryption_key.half_used': { en: 'An encryption key is half used', zh: '加密密钥已使用过半' },
    'encryption_key.abandoned': { en: 'A lost encryption key was given up', zh: '已放弃丢失的加密密钥' },
    'database.restored': { en: 'A backup of the database was restored', zh: '数据库已从备份恢复' },
    'database.rewound': { en: 'The database has lost its last changes', zh: '数据库丢失了最近的变更' },
    'database.rows_adopted': { en: 'Rows of another hand were taken over', zh: '已接纳他处写入的数据行' },
    'row.refused': { en: 'A row without a right tag was refused', zh: '已拒绝标签不符的数据行' },
    'audit.truncated': { en: 'Old events were deleted by policy', zh: '已按保留期限删除旧事件' },
    'import.started': { en: 'An import began', zh: '导入已开始' },
    'import.finished': { en: 'An import ended', zh: '导入已结束' },
  },
};

export interface EventWords {
  readonly type: EventType;
  readonly group: EventGroup;
  readonly text: Text;
}

/** All types of events in the order of their groups. */
export const eventWords: readonly EventWords[] = Object.entries(words).flatMap(([group, types]) =>
  Object.entries(types).map(([type, text]) => ({
    type: type as EventType,
    group: group as EventGroup,
    text,
  })),
);

/** Returns the types that a filter names. `app.*` names all types that begin with `app.`. */
export function eventTypesIn(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => {
    if (!value.endsWith('.*')) return value;
    return eventWords.flatMap(({ type }) => (type.startsWith(value.slice(0, -1)) ? type : []));
  });
}
