"""Random streams that belong to a clip: neither order nor batch, worker or device moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from sertools._backend import to_host

__all__ = ["content_of", "stream"]


def content_of(clip: Any) -> bytes:
    """What a clip is known by: a digest of its samples, as numbers of single precision."""
    samples = np.ascontiguousarray(to_host(clip), dtype=np.float32)
    return xxh3_128_digest(samples.data)


def stream(seed: int, content: bytes, *places: int) -> np.random.Generator:
    """The random stream of a seed, a clip's content, and places such as the number of a copy."""
    words = np.array([seed, *places], dtype="<i8").tobytes()
    key = np.frombuffer(xxh3_128_digest(content + words), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))
