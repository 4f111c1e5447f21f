import type { Clock } from '../kit/clock.ts';
import type { Text } from '../kit/locale.ts';

export interface DemoOptions {
  /** The broker, without a trailing slash. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The demo's public address, without a trailing slash; `{publicUrl}/callback` is its redirect URI. */
  readonly publicUrl: string;
  /** Connections shown by name beside the broker's own choice, in this order. */
  readonly connections: readonly DemoConnection[];
  readonly clock?: Clock | undefined;
  /** Called with an error that was answered with a page. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface DemoConnection {
  readonly alias: string;
  readonly title: Text;
  /** The connection is reached from inside the provider's own app only. */
  readonly inAppOnly?: boolean;
}
