"""The W3C's protocol tests by a runner that is not ours: npm's `rdf-test-suite` against `legenda serve`.

In: the folder of the W3C's SPARQL 1.1 tests and one into which npm may install the runner. Out: its reports
on the SPARQL Protocol and the Service Description; exit status 1 when a test fails. Needs Node.js; only the
installation needs a network. The runner sends no token, so that it is given one here: each of its requests to
the service carries it. The manifests of the Graph Store Protocol stop the runner (2.8.0: its parser fails
on them); those tests are run by our own reader of manifests, in tests/test_api_w3c.py.

    python benchmarks/web_conformance.py SPARQL11 [--npm build/conformance]      (or: make conformance)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RUNNER = "rdf-test-suite@2"
# The runner wants an engine in JavaScript; for tests over HTTP it asks it nothing.
ENGINE = """
const send = globalThis.fetch;
globalThis.fetch = (address, options = {}) => send(address, {
  ...options,
  headers: [...new Headers(options.headers ?? {}), ['authorization', `Bearer ${process.env.TOKEN}`]],
});
module.exports = { parse: () => {}, query: () => {}, update: () => {} };
"""
SUITES = {
    "SPARQL Protocol": ("protocol/manifest.ttl", "protocolEndpoint", "/sparql"),
    "Service Description": ("service-description/manifest.ttl", "serviceDescriptionEndpoint", "/sparql"),
}
SPACE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"


def install(folder: Path) -> Path:
    """The runner's program, installed when it is not there."""
    program = folder / "node_modules" / ".bin" / "rdf-test-suite"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--no-fund", "--no-audit", RUNNER], cwd=folder, check=True)
    return program.resolve()


def main() -> None:
    """Serve an empty store, run every suite against it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("suite", type=Path)
    arguments.add_argument("--npm", type=Path, default=Path("build/conformance"))
    given = arguments.parse_args()
    from api import tokens
    from kg import snapshots
    from kg.store import open_store

    program, failed = install(given.npm), []
    with tempfile.TemporaryDirectory() as folder:
        store, engine = Path(folder, "store"), Path(folder, "engine.js")
        with open_store(store) as live:
            snapshots.publish(live, force=True)
        engine.write_text(ENGINE)
        environment = os.environ | {"TOKEN": tokens.create(store, "w3c", "admin")}
        command = [sys.executable, "-c", "from api.commands import serve; serve()", "--store", str(store)]
        server = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            found = re.search(r":(\d+)/", server.stdout.readline())
            assert found, "the server did not start"
            for name, (manifest, option, path) in SUITES.items():
                print(f"## {name}", flush=True)
                options = json.dumps({option: f"http://127.0.0.1:{found[1]}{path}"})
                local = f"{SPACE}~{given.suite.resolve()}/"
                run = [str(program), engine.name, SPACE + manifest, "-m", local, "-i", options, "-d", "20000"]
                if subprocess.run(run, env=environment, cwd=folder, check=False).returncode:
                    failed.append(name)
        finally:
            server.terminate()
            server.wait(30)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
