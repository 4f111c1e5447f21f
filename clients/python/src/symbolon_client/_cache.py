"""A cache of tokens."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class _Ending(Protocol):
    @property
    def expires_at(self) -> datetime | None: ...


T = TypeVar("T", bound=_Ending)


@dataclass(slots=True)
class _Kept(Generic[T]):
    token: T
    at: float


def key_of(*parts: object) -> str:
    """The cache keys are hashes, so access tokens are not kept."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class TokenCache(Generic[T]):
    """Cached tokens, oldest first. Threads may share it."""

    def __init__(self, now: Callable[[], float], *, max_age: float, max_entries: int) -> None:
        self._now = now
        self._max_age = max_age
        self._max_entries = max_entries
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, min_ttl: float) -> T | None:
        """Returns a token that lives at least this many seconds more."""
        now = self._now()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            ends = kept.token.expires_at
            left = None if ends is None else ends.timestamp() - now
            if not 0 <= now - kept.at < self._max_age or (left is not None and left <= 0):
                del self._kept[key]
                return None
            return kept.token if left is None or left >= min_ttl else None

    def put(self, key: str, token: T) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = _Kept(token, self._now())
            while len(self._kept) > self._max_entries:
                self._kept.popitem(last=False)

    def delete(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)
