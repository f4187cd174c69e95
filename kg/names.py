"""IRIs of an installation: what is minted, under which base, and how an IRI is read back.

In: a base IRI ("http://localhost:8000/") and the identifiers of the corpus, of Wikidata or of a hash. Out:
absolute IRIs of pure ASCII. The mapping is injective (two identifiers never share an IRI) and `split` undoes
it, so that the web side finds the thing behind a path. Vocabulary terms live outside the base, in
`NAMESPACES`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

DEFAULT_BASE = "http://localhost:8000/"
LG = "https://w3id.org/legenda/ns#"

#: Prefixes used in every serialisation, example query and JSON-LD context of Legenda.
NAMESPACES: dict[str, str] = {
    "lg": LG,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "dctype": "http://purl.org/dc/dcmitype/",
    "schema": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "iiif": "http://iiif.io/api/presentation/3#",
    "exif": "http://www.w3.org/2003/12/exif/ns#",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "aat": "http://vocab.getty.edu/aat/",
    "ulan": "http://vocab.getty.edu/ulan/",
    "wd": "http://www.wikidata.org/entity/",
}

#: Kinds whose local id is two identifiers joined by "/" ("source/id", "corpus/enricher").
_PAIRED = frozenset({"illustration", "page", "run", "region", "passage"})
_PLAIN = re.compile(
    r"[A-Za-z0-9_.~-]+"
)  # what quote() leaves as it is; looking first is several times faster
_DOTS = re.compile(r"~*\.{1,2}")


@dataclass(frozen=True, slots=True)
class Names:
    """Mints and reads the IRIs below one base IRI.

    >>> names = Names("http://localhost:8000/")
    >>> names.iri("artist", "Q5598")
    'http://localhost:8000/id/artist/Q5598'
    >>> names.illustration("dürer/Abb. 1/b")
    'http://localhost:8000/id/illustration/d%C3%BCrer/Abb.%201%2Fb'
    >>> names.split("http://localhost:8000/id/illustration/d%C3%BCrer/Abb.%201%2Fb")
    ('illustration', 'dürer/Abb. 1/b')
    >>> names.graph("run", "dürer", "category")
    'http://localhost:8000/graph/run/d%C3%BCrer/category'
    """

    base: str = DEFAULT_BASE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`#?]+/", self.base):
            raise ValueError(f"base IRI must be an http(s) IRI that ends in a slash, got {self.base!r}")

    def iri(self, kind: str, local: str) -> str:
        """The IRI of a thing. Raises ValueError when the identifier is empty."""
        if kind in _PAIRED:
            first, slash, second = local.partition("/")
            return f"{self.base}id/{kind}/{_part(first)}{slash}{_part(second) if slash else ''}"
        return f"{self.base}id/{kind}/{_part(local)}"

    def illustration(self, key: str) -> str:
        """The IRI of an illustration by its key ("source/id")."""
        return self.iri("illustration", key)

    def graph(self, *parts: str) -> str:
        """The IRI of a named graph: `graph("current")`, `graph("run", corpus, enricher)`."""
        return f"{self.base}graph/{'/'.join(_part(part) for part in parts)}"

    def image(self, digest: str, thumbnail: bool = False) -> str:
        """Where the web side serves an image of the corpus, by the SHA-256 of its bytes."""
        return f"{self.base}image/{digest}{'/thumbnail' if thumbnail else ''}"

    def split(self, iri: str) -> tuple[str, str] | None:
        """(kind, local) of an IRI made by `iri`, None for any other IRI."""
        if not iri.startswith(self.base + "id/"):
            return None
        kind, slash, local = iri[len(self.base) + 3 :].partition("/")
        if not (kind and slash and local):
            return None
        parts = local.split("/", 1) if kind in _PAIRED else [local]
        return kind, "/".join(_unpart(part) for part in parts)


def _part(text: str) -> str:
    """One path segment. Browsers resolve "." and ".." away even when encoded, so these get a tilde."""
    if not text:
        raise ValueError("an identifier is empty")
    if _DOTS.fullmatch(text):
        return "~" + text
    return text if _PLAIN.fullmatch(text) else quote(text, safe="", errors="surrogatepass")


def _unpart(text: str) -> str:
    plain = unquote(text, errors="surrogatepass")
    return plain[1:] if plain.startswith("~") and _DOTS.fullmatch(plain) else plain
