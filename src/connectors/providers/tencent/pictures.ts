/** Tencent names its picture hosts with http, and serves https as well. */
export function overHttps(picture: string | undefined): string | undefined {
  return picture?.replace(/^http:(?=\/\/[^/]+\.qlogo\.cn\/)/, 'https:');
}
