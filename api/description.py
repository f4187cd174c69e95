"""What the endpoint can do, as RDF: SPARQL 1.1 Service Description.

In: the address the client used and the open dataset. Out: triples about the service, its formats and its
graphs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from api.dataset import Dataset

_SD = "http://www.w3.org/ns/sparql-service-description#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def service(endpoint: str, found: Dataset, federated: bool = False) -> Iterator[ox.Triple]:
    """Triples that describe the endpoint at `endpoint` and its dataset."""
    own = ox.NamedNode(endpoint)
    yield ox.Triple(own, _TYPE, _sd("Service"))
    yield ox.Triple(own, _sd("endpoint"), own)
    for language in ("SPARQL11Query", "SPARQL11Update"):
        yield ox.Triple(own, _sd("supportedLanguage"), _sd(language))
    yield ox.Triple(own, _sd("feature"), _sd("UnionDefaultGraph"))
    if federated:  # some addresses may be asked; elsewhere SERVICE is refused, and not announced
        yield ox.Triple(own, _sd("feature"), _sd("BasicFederatedQuery"))
    for name in (*_RESULTS, *_GRAPHS):
        yield ox.Triple(own, _sd("resultFormat"), ox.NamedNode(_FORMATS + name))
    for name in _GRAPHS[:4]:
        yield ox.Triple(own, _sd("inputFormat"), ox.NamedNode(_FORMATS + name))
    whole = ox.NamedNode(found.names.base + "dataset")
    default = ox.BlankNode("default")
    yield ox.Triple(own, _sd("defaultDataset"), whole)
    yield ox.Triple(whole, _TYPE, _sd("Dataset"))
    yield ox.Triple(whole, _sd("defaultGraph"), default)
    yield ox.Triple(default, _TYPE, _sd("Graph"))
    for number, graph in enumerate(sorted(found.store.named_graphs(), key=str)):
        named = ox.BlankNode(f"g{number}")
        yield ox.Triple(whole, _sd("namedGraph"), named)
        yield ox.Triple(named, _TYPE, _sd("NamedGraph"))
        yield ox.Triple(named, _sd("name"), graph)
