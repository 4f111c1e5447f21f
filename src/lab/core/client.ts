/** An app registered at a simulated provider. */
export interface LabClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The registered redirect URIs: origins, or whole URIs. */
  readonly redirectOrigins: readonly string[];
}
