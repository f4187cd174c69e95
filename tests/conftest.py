"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def served_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small published store (tests/api_store.py). Read it, do not write to it."""
    import api_store

    folder = tmp_path_factory.mktemp("served")
    api_store.build(folder)
    return folder / "store"
