/** Returns a picture's URL with https, which Tencent's hosts support although profiles have http. */
export function overHttps(picture: string | undefined): string | undefined {
  return picture?.replace(/^http:(?=\/\/[^/]+\.qlogo\.cn\/)/, 'https:');
}
