import type { Permission } from '../admin/roles.ts';
import type { Text } from '../kit/locale.ts';
import type { Visit } from './visit.ts';

export interface NavigationEntry {
  readonly path: string;
  readonly title: Text;
  /** The key that leads there after `g`. */
  readonly key: string;
  readonly needs: Permission;
  /** Whether the person sees the entry, beyond the permission. */
  shown?(visit: Visit): boolean;
}

/** The navigation, in its order. A page without an entry belongs to the entry whose path it begins with. */
export const navigation: readonly NavigationEntry[] = [
  { path: '/console', title: { en: 'Overview', zh: '概览' }, key: 'o', needs: 'people:read' },
  {
    path: '/console/identities',
    title: { en: 'Linked accounts', zh: '关联账号' },
    key: 'i',
    needs: 'people:read',
  },
  {
    path: '/console/people',
    title: { en: 'People', zh: '用户' },
    key: 'p',
    needs: 'people:read',
  },
  {
    path: '/console/connections',
    title: { en: 'Connections', zh: '身份源' },
    key: 'c',
    needs: 'configuration:read',
  },
  { path: '/console/apps', title: { en: 'Apps', zh: '应用' }, key: 'a', needs: 'configuration:read' },
  { path: '/console/apis', title: { en: 'APIs', zh: 'API' }, key: 'r', needs: 'configuration:read' },
  {
    path: '/console/webhooks',
    title: { en: 'Webhooks', zh: 'Webhook' },
    key: 'w',
    needs: 'configuration:read',
  },
  {
    path: '/console/events',
    title: { en: 'Events', zh: '事件' },
    key: 'e',
    needs: 'events:read',
    // Support reads the events of one person, on the page of that person.
    shown: ({ caller }) => !caller.rights.namesOnly,
  },
  { path: '/console/leaving', title: { en: 'Leaving', zh: '解除中' }, key: 'l', needs: 'people:read' },
  { path: '/console/jobs', title: { en: 'Bulk jobs', zh: '批量任务' }, key: 'j', needs: 'people:read' },
  { path: '/console/keys', title: { en: 'Keys', zh: '密钥' }, key: 'k', needs: 'admins:read' },
  { path: '/console/admins', title: { en: 'Admins', zh: '管理员' }, key: 'm', needs: 'admins:read' },
  { path: '/console/settings', title: { en: 'Settings', zh: '设置' }, key: 's', needs: 'admins:read' },
];
