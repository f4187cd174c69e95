"""Documents made from the vocabulary: the JSON-LD context and the reference for people.

In: the terms of `legenda.ttl`. Out: `context()`, a JSON-LD 1.1 context, and `reference()`, Markdown. Both
are kept as files (`ontology/context.jsonld`, `docs/ontology.md`) that a test compares with what is made
here; run `python -m ontology.documents` from the repository's root to write them again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ontology
from ontology import LG, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
_STANDARD = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": _XSD,
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "dctype": "http://purl.org/dc/dcmitype/",
    "schema": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "iiif": "http://iiif.io/api/presentation/3#",
    "itsrdf": "http://www.w3.org/2005/11/its/rdf#",
}


def context() -> dict[str, Any]:
    """The JSON-LD context: our terms by their local names, the standard ones by prefix."""
    entries: dict[str, Any] = {"id": "@id", "type": "@type", "lg": LG} | _STANDARD
    for local, term in sorted(ontology.ontology().terms.items()):
        if term.type == "ObjectProperty":
            entries[local] = {"@id": f"lg:{local}", "@type": "@id"}
        elif term.type == "DatatypeProperty" and term.range.startswith(_XSD):
            entries[local] = {"@id": f"lg:{local}", "@type": f"xsd:{term.range.removeprefix(_XSD)}"}
        else:
            entries[local] = f"lg:{local}"
    return {"@context": entries}


def reference() -> str:
    """The vocabulary in Markdown: every term with its labels, definition and standard super-terms."""
    terms = sorted(ontology.ontology().terms.values(), key=lambda term: term.local.lower())
    parts = [
        "# The vocabulary",
        f"Namespace `{LG}`, prefix `lg:`. Made from `ontology/legenda.ttl`, where labels and definitions "
        "stand in English, German and French. Every term specialises a standard one, given behind the arrow; "
        "where a property's super-property is *written too*, data carries both and no reasoner is needed.",
        "## Classes",
        *(_paragraph(term) for term in terms if term.type == "Class"),
        "## Properties",
        *(_paragraph(term) for term in terms if term.type in ("ObjectProperty", "DatatypeProperty")),
        "## Notes on terms",
        *(_paragraph(term) for term in terms if term.type == "AnnotationProperty"),
    ]
    return "\n\n".join(parts) + "\n"


def _paragraph(term: Term) -> str:
    labels = " · ".join(term.labels[language] for language in ("en", "de", "fr"))
    supers = ", ".join(f"`{_short(iri)}`" for iri in term.supers)
    written = ", written too" if term.type.endswith("yProperty") and term.materialised else ""
    facts = [f"→ {supers}{written if term.type != 'AnnotationProperty' else ''}"]
    if term.domain or term.range:
        facts.append(f"{_short(term.domain) or 'anything'} → {_short(term.range) or 'anything'}")
    if term.kind:
        facts.append(f"IRIs: `id/{term.kind}/…`")
    if term.single_valued:
        facts.append("at most one current value")
    if term.qualified_form:
        facts.append(f"with a qualifier: `lg:{term.qualified_form}`")
    return f"**`lg:{term.local}`** ({labels}): {term.definitions['en']}  \n{'; '.join(facts)}"


def _short(iri: str) -> str:
    for prefix, namespace in ({"lg": LG} | _STANDARD).items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def main() -> None:
    """Write both files."""
    here = Path(__file__).parent
    text = json.dumps(context(), indent=1, ensure_ascii=False) + "\n"
    (here / "context.jsonld").write_text(text, encoding="utf-8")
    (here.parent / "docs" / "ontology.md").write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
