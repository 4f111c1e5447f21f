/** The kinds of browser in which a provider's sign-in page does not work. */
export interface SurfaceTraits {
  /** The provider refuses browsers that are part of another app. */
  readonly webView?: 'refused';
  /** The page shows a QR code, which the phone that shows it cannot scan. */
  readonly phone?: 'qr-code';
}

// Apps with a browser of their own name it in its user agent. Android's web view adds `; wv`. A web view of iOS is Safari
// without the word `Safari`.
const appBrowser =
  /MicroMessenger|wxwork|AlipayClient|\bQQ\/|Weibo|DingTalk|\b(Lark|Feishu)\/|aweme|BytedanceWebview|baiduboxapp|XiaoHongShu|FBAN|FBAV|Instagram|musical_ly|\bLine\/|KAKAOTALK|; wv\)/i;
const iosWebView = /\b(iPhone|iPad|iPod)\b(?!.*\bSafari\/)/;
const phone = /\b(iPhone|iPod)\b|Android.*\bMobile\b|HarmonyOS.*\bMobile\b|\bPhone\b.*OpenHarmony/i;

/** Returns the obstacle for a sign-in in this browser, or undefined. */
export function obstacleIn(
  traits: SurfaceTraits | undefined,
  userAgent: string,
): 'web-view' | 'qr-code' | undefined {
  if (traits?.webView && (appBrowser.test(userAgent) || iosWebView.test(userAgent))) return 'web-view';
  return traits?.phone && phone.test(userAgent) ? 'qr-code' : undefined;
}
