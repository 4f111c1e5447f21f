"""Providers' tokens from a Symbolon broker, for apps, APIs and MCP servers."""

from ._client import AsyncClient, AsyncOnBehalf, AsyncTokens, Client, OnBehalf, Tokens
from ._dpop import Dpop, DpopAuth
from ._errors import (
    AccessDenied,
    Choice,
    ConnectionNotAllowed,
    ConsentRequired,
    IdentityNotFound,
    IdentitySelectionRequired,
    InsufficientScope,
    InsufficientUpstreamScope,
    InvalidGrant,
    InvalidToken,
    ProviderFailed,
    ProviderUnavailable,
    ReauthorizationRequired,
    Refused,
    SymbolonError,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from ._flows import Credentials
from ._mcp import McpAuth, Refusal
from ._tokens import ExchangedToken, Identity, ProviderToken, Usage
from ._verifier import AccessRefused, AsyncVerifier, Authentication, ProvenRequest, Verifier

__all__ = [
    "AccessDenied",
    "AccessRefused",
    "AsyncClient",
    "AsyncOnBehalf",
    "AsyncTokens",
    "AsyncVerifier",
    "Authentication",
    "Choice",
    "Client",
    "ConnectionNotAllowed",
    "ConsentRequired",
    "Credentials",
    "Dpop",
    "DpopAuth",
    "ExchangedToken",
    "Identity",
    "IdentityNotFound",
    "IdentitySelectionRequired",
    "InsufficientScope",
    "InsufficientUpstreamScope",
    "InvalidGrant",
    "InvalidToken",
    "McpAuth",
    "OnBehalf",
    "ProvenRequest",
    "ProviderFailed",
    "ProviderToken",
    "ProviderUnavailable",
    "ReauthorizationRequired",
    "Refusal",
    "Refused",
    "SymbolonError",
    "Tokens",
    "TooManyRequests",
    "Unavailable",
    "Unreachable",
    "Usage",
    "Verifier",
]
