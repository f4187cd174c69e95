"""gunicorn with our settings: several processes, each with threads, all on one listening socket.

In: a store directory and a socket that already listens. Out: does not return until the service is stopped.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication


class _Service(BaseApplication):
    def __init__(self, store: Path, options: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self._store, self._options, self._settings = store, options, settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from api.app import create_app

        # Opened after the fork: an Oxigraph database must not be carried across one.
        return create_app(self._store, **self._settings)


def run(
    store: Path, listening: socket.socket, *, workers: int, threads: int, settings: Mapping[str, Any]
) -> None:
    """Serve until stopped. Prints the address once every process may answer."""
    host, port = listening.getsockname()[:2]
    shown = "localhost" if host in {"0.0.0.0", "::", "127.0.0.1"} else f"[{host}]" if ":" in host else host

    def ready(_arbiter: Any) -> None:
        print(f"Legenda is at http://{shown}:{port}/   (Ctrl-C stops it)", flush=True)

    def ended(_arbiter: Any, worker: Any) -> None:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)

    listening.set_inheritable(True)
    options = {
        "bind": f"fd://{listening.fileno()}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": 10,
        "keepalive": 5,
        "max_requests": 0,
        "limit_request_line": 8190,
        "loglevel": "warning",
        "accesslog": None,
        "proc_name": "legenda",
        "control_socket_disable": True,
        "when_ready": ready,
        "child_exit": ended,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
    }
    # Before prometheus_client is imported anywhere: the processes count into files that /metrics adds up.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts = tempfile.mkdtemp(prefix="legenda-metrics-")
    owner = os.getpid()
    try:
        _Service(store, options, settings).run()
    finally:
        if os.getpid() == owner:  # each process comes by here when it ends
            shutil.rmtree(counts, ignore_errors=True)
