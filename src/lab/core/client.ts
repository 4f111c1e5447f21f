/** An app registered at a simulated provider. */
export interface LabClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Origins, or whole redirect URIs, that this client has registered. */
  readonly redirectOrigins: readonly string[];
}
