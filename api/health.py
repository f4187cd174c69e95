"""Is the service alive, and is it ready? For load balancers and people on call.

Out: `/health` and `/health/ready` with the version of the dataset that is served (503 while there is none),
`/health/live` as long as the process answers at all.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from api.requests import dataset

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@blueprint.get("/health/ready")
def ready() -> Response:
    """Ready to answer, with the dataset's version; 503 while the store has no snapshot."""
    found = dataset()
    return jsonify(status="ok", dataset=found.version, published=found.published.isoformat())


@blueprint.get("/health/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")
