"""Changes of the store from the web: who may make them, and the process that does.

In: a bearer token and a request for `api.writer`. Out: the writer's answer, after which this server process
reads the new snapshot. A change past its time is stopped and answered with 503.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from flask import current_app, request

from api.dataset import Served
from api.requests import settings
from api.sparql import ProtocolError
from api.tokens import allowed


def require(role: str) -> None:
    """Raises ProtocolError 401 without a valid token, 403 when the token's role is too small."""
    served: Served = current_app.extensions["legenda"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    answer = allowed(served.store, token.strip() if scheme.lower() == "bearer" else "", role)
    if answer is None:
        raise ProtocolError(401, "a change needs a token: Authorization: Bearer …")
    if not answer:
        raise ProtocolError(403, f"this token may not do that; it needs the role {role}")


def make(operation: str, **what: Any) -> dict[str, Any]:
    """Have a change made and published. Raises ProtocolError with the writer's status and reason."""
    served: Served = current_app.extensions["legenda"]
    message = {"store": str(served.store), "operation": operation} | what
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "api.writer"],
            input=json.dumps(message).encode(),
            stdout=subprocess.PIPE,
            timeout=settings().update_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        reason = f"the change took longer than {settings().update_seconds:g} s and was stopped"
        raise ProtocolError(503, reason) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise ProtocolError(503, "the engine gave up on this change") from error
    if answer["status"] != 200:
        raise ProtocolError(answer["status"], answer["reason"])
    return answer
