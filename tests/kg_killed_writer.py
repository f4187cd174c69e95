"""A writer that kills itself with SIGKILL at a given step; run by the tests of the store as another process.

Arguments: the store's folder, the method to die in ("put_run"), and the request ("begin.ru") or "load" before
which it dies; "finish.ru" dies right after loading. "publish" dies before a file or folder of that name is
written or gets its name ("snapshot.json", "CURRENT", "VERSION" for the snapshot's folder).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from test_kg_store import GRAPHIC, corpus, run

from kg import snapshots
from kg.engines import Embedded
from kg.nouns import Claim
from kg.store import open_store


def main(folder: str, step: str, when: str) -> None:
    if step == "publish":
        with open_store(folder) as store:
            _arm_publishing(when)
            snapshots.publish(store)
        return
    claims = [Claim(f"duerer/00{n}", "category", GRAPHIC, 0.9) for n in range(4)]
    with open_store(folder) as store:
        for method, arguments in (
            ("put_corpus", (corpus(),)),
            ("put_run", (run(), claims, "1")),
            ("derive_current", ()),
        ):
            if method == step:
                _arm(when)
            getattr(store, method)(*arguments)


def _arm_publishing(when: str) -> None:
    replace, write_text = Path.replace, Path.write_text

    def dying_replace(self: Path, target: Any) -> Path:
        if when == Path(target).name or (when == "VERSION" and self.is_dir()):
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)

    def dying_write(self: Path, *given: Any, **more: Any) -> int:
        if when == self.name:
            os.kill(os.getpid(), signal.SIGKILL)
        return write_text(self, *given, **more)

    Path.replace, Path.write_text = dying_replace, dying_write  # type: ignore[method-assign,assignment]


def _arm(when: str) -> None:
    marks = {
        "begin.ru": "lg:replacing true",
        "finish.ru": "",
        "changed.ru": "lg:revision",
        "describe.ru": "void:",
    }
    load, update = Embedded.load, Embedded.update

    def dying_load(self: Embedded, *args: Any) -> None:
        if when == "load":
            os.kill(os.getpid(), signal.SIGKILL)
        load(self, *args)
        if when == "finish.ru":
            os.kill(os.getpid(), signal.SIGKILL)

    def dying_update(self: Embedded, sparql: str) -> None:
        if when != "finish.ru" and when != "load" and marks[when] in sparql:
            os.kill(os.getpid(), signal.SIGKILL)
        update(self, sparql)

    Embedded.load, Embedded.update = dying_load, dying_update  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    main(*sys.argv[1:])
