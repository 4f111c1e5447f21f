import { oidccAlternateHappyFlow } from './modules/oidcc-alternate-happy-flow.ts';
import { oidccBackchannelLogoutDiscoveryEndpointVerification } from './modules/oidcc-backchannel-logout-discovery-endpoint-verification.ts';
import { oidccBackchannelRpInitiatedLogout } from './modules/oidcc-backchannel-rp-initiated-logout.ts';
import { oidccClaimsEssential } from './modules/oidcc-claims-essential.ts';
import { oidccClaimsLocales } from './modules/oidcc-claims-locales.ts';
import { oidccCodereuse } from './modules/oidcc-codereuse.ts';
import { oidccCodereuse30seconds } from './modules/oidcc-codereuse-30seconds.ts';
import { oidccDiscoveryEndpointVerification } from './modules/oidcc-discovery-endpoint-verification.ts';
import { oidccDisplayPage } from './modules/oidcc-display-page.ts';
import { oidccDisplayPopup } from './modules/oidcc-display-popup.ts';
import { oidccEnsureOtherScopeOrderSucceeds } from './modules/oidcc-ensure-other-scope-order-succeeds.ts';
import { oidccEnsurePostRequestSucceeds } from './modules/oidcc-ensure-post-request-succeeds.ts';
import { oidccEnsureRegisteredRedirectUri } from './modules/oidcc-ensure-registered-redirect-uri.ts';
import { oidccEnsureRequestObjectWithRedirectUri } from './modules/oidcc-ensure-request-object-with-redirect-uri.ts';
import { oidccEnsureRequestWithAcrValuesSucceeds } from './modules/oidcc-ensure-request-with-acr-values-succeeds.ts';
import { oidccEnsureRequestWithUnknownParameterSucceeds } from './modules/oidcc-ensure-request-with-unknown-parameter-succeeds.ts';
import { oidccEnsureRequestWithValidPkceSucceeds } from './modules/oidcc-ensure-request-with-valid-pkce-succeeds.ts';
import { oidccEnsureRequestWithoutNonceSucceedsForCodeFlow } from './modules/oidcc-ensure-request-without-nonce-succeeds-for-code-flow.ts';
import { oidccIdTokenHint } from './modules/oidcc-id-token-hint.ts';
import { oidccIdtokenSignature } from './modules/oidcc-idtoken-signature.ts';
import { oidccIdtokenUnsigned } from './modules/oidcc-idtoken-unsigned.ts';
import { oidccLoginHint } from './modules/oidcc-login-hint.ts';
import { oidccMaxAge1 } from './modules/oidcc-max-age-1.ts';
import { oidccMaxAge10000 } from './modules/oidcc-max-age-10000.ts';
import { oidccPromptLogin } from './modules/oidcc-prompt-login.ts';
import { oidccPromptNoneLoggedIn } from './modules/oidcc-prompt-none-logged-in.ts';
import { oidccPromptNoneNotLoggedIn } from './modules/oidcc-prompt-none-not-logged-in.ts';
import { oidccRefreshToken } from './modules/oidcc-refresh-token.ts';
import { oidccRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported } from './modules/oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported.ts';
import { oidccResponseTypeMissing } from './modules/oidcc-response-type-missing.ts';
import { oidccRpInitiatedLogout } from './modules/oidcc-rp-initiated-logout.ts';
import { oidccRpInitiatedLogoutBadIdTokenHint } from './modules/oidcc-rp-initiated-logout-bad-id-token-hint.ts';
import { oidccRpInitiatedLogoutBadPostLogoutRedirectUri } from './modules/oidcc-rp-initiated-logout-bad-post-logout-redirect-uri.ts';
import { oidccRpInitiatedLogoutDiscoveryEndpointVerification } from './modules/oidcc-rp-initiated-logout-discovery-endpoint-verification.ts';
import { oidccRpInitiatedLogoutModifiedIdTokenHint } from './modules/oidcc-rp-initiated-logout-modified-id-token-hint.ts';
import { oidccRpInitiatedLogoutNoIdTokenHint } from './modules/oidcc-rp-initiated-logout-no-id-token-hint.ts';
import { oidccRpInitiatedLogoutNoParams } from './modules/oidcc-rp-initiated-logout-no-params.ts';
import { oidccRpInitiatedLogoutNoPostLogoutRedirectUri } from './modules/oidcc-rp-initiated-logout-no-post-logout-redirect-uri.ts';
import { oidccRpInitiatedLogoutNoState } from './modules/oidcc-rp-initiated-logout-no-state.ts';
import { oidccRpInitiatedLogoutOnlyState } from './modules/oidcc-rp-initiated-logout-only-state.ts';
import { oidccRpInitiatedLogoutQueryAddedToPostLogoutRedirectUri } from './modules/oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri.ts';
import { oidccScopeAddress } from './modules/oidcc-scope-address.ts';
import { oidccScopeAll } from './modules/oidcc-scope-all.ts';
import { oidccScopeEmail } from './modules/oidcc-scope-email.ts';
import { oidccScopePhone } from './modules/oidcc-scope-phone.ts';
import { oidccScopeProfile } from './modules/oidcc-scope-profile.ts';
import { oidccServer } from './modules/oidcc-server.ts';
import { oidccServerClientSecretPost } from './modules/oidcc-server-client-secret-post.ts';
import { oidccUiLocales } from './modules/oidcc-ui-locales.ts';
import { oidccUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported } from './modules/oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported.ts';
import { oidccUserinfoGet } from './modules/oidcc-userinfo-get.ts';
import { oidccUserinfoPostBody } from './modules/oidcc-userinfo-post-body.ts';
import { oidccUserinfoPostHeader } from './modules/oidcc-userinfo-post-header.ts';
import type { Module } from './suite.ts';

/** The plans of OpenID's suite for providers of this kind, module by module, in its order. */
export const plans: Readonly<Record<string, readonly Module[]>> = {
  'oidcc-basic-certification-test-plan': [
    oidccServer,
    oidccResponseTypeMissing,
    oidccIdtokenSignature,
    oidccIdtokenUnsigned,
    oidccUserinfoGet,
    oidccUserinfoPostHeader,
    oidccUserinfoPostBody,
    oidccEnsureRequestWithoutNonceSucceedsForCodeFlow,
    oidccScopeProfile,
    oidccScopeEmail,
    oidccScopeAddress,
    oidccScopePhone,
    oidccScopeAll,
    oidccEnsureOtherScopeOrderSucceeds,
    oidccAlternateHappyFlow,
    oidccDisplayPage,
    oidccDisplayPopup,
    oidccPromptLogin,
    oidccPromptNoneNotLoggedIn,
    oidccPromptNoneLoggedIn,
    oidccMaxAge1,
    oidccMaxAge10000,
    oidccEnsureRequestWithUnknownParameterSucceeds,
    oidccIdTokenHint,
    oidccLoginHint,
    oidccUiLocales,
    oidccClaimsLocales,
    oidccEnsureRequestWithAcrValuesSucceeds,
    oidccCodereuse,
    oidccCodereuse30seconds,
    oidccEnsureRegisteredRedirectUri,
    oidccEnsurePostRequestSucceeds,
    oidccServerClientSecretPost,
    oidccRequestUriUnsignedSupportedCorrectlyOrRejectedAsUnsupported,
    oidccUnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported,
    oidccClaimsEssential,
    oidccEnsureRequestObjectWithRedirectUri,
    oidccRefreshToken,
    oidccEnsureRequestWithValidPkceSucceeds,
  ],
  'oidcc-config-certification-test-plan': [oidccDiscoveryEndpointVerification],
  'oidcc-rp-initiated-logout-certification-test-plan': [
    oidccRpInitiatedLogoutDiscoveryEndpointVerification,
    oidccRpInitiatedLogout,
    oidccRpInitiatedLogoutBadPostLogoutRedirectUri,
    oidccRpInitiatedLogoutModifiedIdTokenHint,
    oidccRpInitiatedLogoutNoIdTokenHint,
    oidccRpInitiatedLogoutNoParams,
    oidccRpInitiatedLogoutNoPostLogoutRedirectUri,
    oidccRpInitiatedLogoutNoState,
    oidccRpInitiatedLogoutOnlyState,
    oidccRpInitiatedLogoutQueryAddedToPostLogoutRedirectUri,
    oidccRpInitiatedLogoutBadIdTokenHint,
  ],
  'oidcc-backchannel-rp-initiated-logout-certification-test-plan': [
    oidccBackchannelLogoutDiscoveryEndpointVerification,
    oidccBackchannelRpInitiatedLogout,
  ],
};
