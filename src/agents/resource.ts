/** The identifier of the API for agents, which is also its address. Its tokens name it as their audience. */
export function agentsResource(issuer: string): string {
  return `${issuer}/mcp`;
}
