"""A writing process: for each change it opens the live store, makes it, publishes a snapshot, closes the
store.

Run as `python -m api.writer`. In, on standard input: one JSON request per line (`store`, `operation` and what
that needs). Out, on standard output: one JSON line each, with the HTTP `status` and a `reason`, or with
`created` and the snapshot's `version`. Reviews are appended without being published; `publish` does that.
The web side itself never opens the live store, so that a change that is stopped for lasting too long, or that
crashes the engine, takes nothing with it; the store recovers when it is opened next.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pyoxigraph as ox

from api.confine import no_new_sockets
from api.federation import Call, as_insert, calls, with_answers
from kg import snapshots
from kg.engines import Embedded, StoreError
from kg.nouns import Entity, Review, Text
from kg.store import Store, open_store


def change(request: dict[str, Any]) -> dict[str, Any]:
    """Make one change and publish it. Returns the answer; never raises for what the client did wrong."""
    try:
        with open_store(request["store"]) as live:
            if request["operation"] == "review":
                return {"status": 200, "refused": _add(live, request["reviews"])}
            if request["operation"] == "publish":
                return {"status": 200, "version": _publish(live)}
            assert isinstance(live.engine, Embedded)
            created = _OPERATIONS[request["operation"]](live.engine.store, request)
            if created is None:
                return {"status": 404, "reason": "there is no such graph"}
            # Whoever may write decides what is published: the shapes describe Legenda's own classes only.
            snapshot = snapshots.publish(live, force=True)
            return {"status": 200, "created": created, "version": snapshot.version}
    except (SyntaxError, ValueError) as error:
        return {"status": 400, "reason": str(error)}
    except StoreError as error:
        return {"status": 503, "reason": str(error)}
    except (OSError, RuntimeError) as error:
        return {"status": 400, "reason": f"the change cannot be made: {error}"}


def _add(live: Store, reviews: list[dict[str, Any]]) -> dict[str, str]:
    """Append reviews; those that are there already are left alone. Returns what cannot be kept, and why."""
    refused = {}
    for content in reviews:
        values = {name: _entity(content[name]) for name in ("value", "replacement") if content.get(name)}
        try:
            live.add_review(Review(**content | values))
        except (ValueError, TypeError) as error:
            if "already in the store" not in str(error):
                refused[content["id"]] = str(error)
    return refused


def _entity(content: dict[str, Any]) -> Entity:
    labels = tuple(Text(value, language) for value, language in content["labels"])
    return Entity(content["kind"], content["id"], labels)


def _publish(live: Store) -> str:
    """Derive what is believed from claims and reviews anew, and publish it."""
    if unfinished := live.unfinished():
        raise StoreError(f"{unfinished[0]} is incomplete: run `legenda enrich` again")
    live.derive_current()
    # Shapes that reviews cannot break are not checked again: it takes long in a large store.
    return snapshots.publish(live, force=True).version


def _update(store: ox.Store, request: dict[str, Any]) -> bool:
    store.update(_with_documents(request), base_iri=request["base"])
    return False


def _with_documents(request: dict[str, Any]) -> str:
    """The text of an update, each LOAD replaced by the triples of the document that was fetched for it."""
    if not request["documents"]:
        return str(request["update"])
    documents = dict(zip(calls(request["update"]), request["documents"], strict=True))

    def insert(call: Call) -> str:
        text, extension, address = documents[call]
        format = ox.RdfFormat.from_extension(extension)
        assert format is not None
        return as_insert(text.encode(), format, address, call.graph)

    return with_answers(request["update"], list(documents), insert)


def _graph(request: dict[str, Any]) -> ox.NamedNode | ox.DefaultGraph:
    return ox.NamedNode(request["graph"]) if request["graph"] else ox.DefaultGraph()


def _exists(store: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    return isinstance(graph, ox.DefaultGraph) or store.contains_named_graph(graph)


def _merge(store: ox.Store, request: dict[str, Any]) -> bool:
    graph = _graph(request)
    new = not _exists(store, graph)
    quads = _parsed(request, graph)
    if isinstance(graph, ox.NamedNode):
        store.add_graph(graph)
    store.extend(quads)
    return new


def _replace(store: ox.Store, request: dict[str, Any]) -> bool:
    graph = _graph(request)
    new = not _exists(store, graph)
    quads = _parsed(request, graph)  # before anything is taken away
    if not new:
        store.clear_graph(graph)
    if isinstance(graph, ox.NamedNode):
        store.add_graph(graph)
    store.extend(quads)
    return new


def _delete(store: ox.Store, request: dict[str, Any]) -> bool | None:
    graph = _graph(request)
    if not _exists(store, graph):
        return None
    if isinstance(graph, ox.NamedNode):
        store.remove_graph(graph)
    else:
        store.clear_graph(graph)
    return False


def _parsed(request: dict[str, Any], graph: ox.NamedNode | ox.DefaultGraph) -> list[ox.Quad]:
    """The triples of all parts of a request, blank nodes of different parts kept apart."""
    quads = []
    for text, extension in request["parts"]:
        format = ox.RdfFormat.from_extension(extension)
        parsed = ox.parse(
            io.BytesIO(text.encode()),
            format,
            base_iri=request["graph"] or request["base"],
            without_named_graphs=True,
            rename_blank_nodes=True,
        )
        quads += [ox.Quad(q.subject, q.predicate, q.object, graph) for q in parsed]
    return quads


_OPERATIONS = {"update": _update, "merge": _merge, "replace": _replace, "delete": _delete}


if __name__ == "__main__":
    no_new_sockets()
    for line in sys.stdin:
        print(json.dumps(change(json.loads(line))), flush=True)
