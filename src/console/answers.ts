import type { z } from 'zod';
import type { apiAnswer } from '../admin/api-shapes.ts';
import type { countedAppAnswer } from '../admin/app-shapes.ts';
import type { connectionWithHealth } from '../admin/connection-health.ts';
import type { eventAnswer } from '../admin/events.ts';
import type { listedAnswer } from '../admin/identities.ts';
import type { adminIdentityAnswer } from '../admin/identity-shapes.ts';
import type { meAnswer } from '../admin/me.ts';
import type { userAnswer } from '../admin/user-shapes.ts';
import type { deliveryAnswer, webhookAnswer } from '../admin/webhook-shapes.ts';

// The answers of the admin API that the pages show.

export type Person = z.output<typeof userAnswer>;
export type LinkedAccount = z.output<typeof adminIdentityAnswer>;
export type ListedAccount = z.output<typeof listedAnswer>;
export type AuditEvent = z.output<typeof eventAnswer>;
export type Me = z.output<typeof meAnswer>;
export type Connection = z.output<typeof connectionWithHealth>;
export type App = z.output<typeof countedAppAnswer>;
export type Api = z.output<typeof apiAnswer>;
export type Webhook = z.output<typeof webhookAnswer>;
export type Delivery = z.output<typeof deliveryAnswer>;
