"""Readable names for manifests and canvases, made of their addresses."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from enrich.corpora.iiif.manifest import Manifest

_GENERIC = re.compile(
    r"(?i)^(manifest(-?v?\d+)?|collection|info|index|iiif|presentation|canvas|\d)(\.json)?$"
)


def stem_names(addresses: Sequence[str]) -> list[str]:
    """Names of canvases within their manifest: as much of the end of each address as tells all apart."""
    parts = [[p for p in re.split(r"[/#?&=]", unquote(a)) if p] or [""] for a in addresses]
    for length in range(1, 6):
        names = ["-".join(p[-length:]) for p in parts]
        if len(set(names)) == len(names) and all(names):
            return [n.removesuffix(".json") for n in names]
    return [hashlib.sha256(f"{a} {n}".encode()).hexdigest()[:12] for n, a in enumerate(addresses)]


def source_ids(manifests: Sequence[Manifest]) -> dict[str, str]:
    """Manifest id → a readable name for the source; where two would share one, both get a hash."""
    names: dict[str, str] = {}
    for manifest in manifests:
        parts = [p for p in urlsplit(manifest.id).path.split("/") if p]
        last = unquote(parts[-1]).removesuffix(".json") if parts else ""
        if parts and _GENERIC.match(parts[-1]):
            last = unquote(parts[-2]) if len(parts) > 1 else ""
        names[manifest.id] = last or hashlib.sha256(manifest.id.encode()).hexdigest()[:12]
    shared = Counter(names.values())
    return {
        own: name if shared[name] == 1 else f"{name}-{hashlib.sha256(own.encode()).hexdigest()[:8]}"
        for own, name in names.items()
    }
