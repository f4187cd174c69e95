"""Topics kept in a file: saved with every run, applied to new text by `--topics fixed:FILE`.

One safetensors file holds, per language, the arrays of the passage embedder and of the membership regression;
its header holds a JSON card (topics, vocabulary, settings). Nothing in it is ever executed, and the same
passages get the same probabilities in every process. A foreign or damaged file is one clear error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from enrich.text.embedders import Embedder, embedder
from enrich.text.hierarchy import Broader
from enrich.text.topics import FEWEST_LEMMAS, Membership, Topic

FORMAT = "legenda-topics-1"


class TopicFileError(ValueError):
    """The file holds no topics that can be applied; the message names the file and the reason."""


@dataclass(frozen=True)
class SavedTopics:
    """The topics of one language with all that is needed to find them in other passages. `typical` holds the
    texts of each topic's representative passages, `apart` the words of the texts the topics were found in
    that are not those the model knows by the same small letters."""

    language: str
    topics: tuple[Topic, ...]
    broader: tuple[Broader, ...]
    typical: tuple[tuple[str, ...], ...]
    membership: Membership
    embedder: Embedder
    apart: frozenset[str] = frozenset()

    def probabilities(self, texts: Sequence[str], lemmas: Sequence[Sequence[str]]) -> Any:
        """[passages, topics] for passages of this language."""
        vectors = self.embedder.embed(texts, [self.in_its_words(words) for words in lemmas])
        vectors[[len(words) < FEWEST_LEMMAS for words in lemmas]] = 0
        return self.membership.probabilities(vectors)

    def in_its_words(self, words: Sequence[str]) -> list[str]:
        """The words in the case the model knows them in: that is settled by a corpus, and may differ."""
        forms = self.embedder.forms()
        return [
            word if word in self.apart else forms.get(word) or forms.get(word.lower(), word) for word in words
        ]


def told_apart(lemmas: Sequence[Sequence[str]], tool: Embedder) -> frozenset[str]:
    """Words of `lemmas` a fitted embedder left out though it knows their small letters otherwise: "Licht"
    beside "licht"."""
    forms = tool.forms()
    left_out = {word for words in lemmas for word in words}.difference(forms.values())
    return frozenset(word for word in left_out if word.lower() in forms)


def save(path: Path, models: Sequence[SavedTopics]) -> None:
    """Write the models of all languages; the file is replaced in one step."""
    from safetensors.numpy import save_file

    arrays: dict[str, np.ndarray] = {}
    card: dict[str, Any] = {"format": FORMAT, "languages": []}
    for model in models:
        tensors, settings = model.embedder.state()
        own = {f"embedder.{name}": array for name, array in tensors.items()}
        own |= {"weights": model.membership.weights, "intercepts": model.membership.intercepts}
        arrays |= {f"{model.language or 'und'}.{name}": array for name, array in own.items()}
        card["languages"].append(
            {
                "language": model.language,
                "topics": [asdict(topic) for topic in model.topics],
                "broader": [asdict(group) for group in model.broader],
                "typical": model.typical,
                "kept": model.membership.kept,
                "apart": sorted(model.apart),
                "embedder": {"spec": model.embedder.spec, **settings},
            }
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    text = json.dumps(card, ensure_ascii=False, sort_keys=True)
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary, {"legenda": text})
    temporary.replace(path)


def load(path: Path) -> dict[str, SavedTopics]:
    """The models of a file by language. Raises TopicFileError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            card = json.loads((file.metadata() or {}).get("legenda", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise TopicFileError(f"{path}: no such file") from None
    except (OSError, SafetensorError, json.JSONDecodeError) as problem:
        reason = " ".join(str(problem).split())
        raise TopicFileError(f"{path}: is no file of topics ({reason[:120]})") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise TopicFileError(f"{path}: is no file of topics (it does not say {FORMAT})")
    try:
        return {entry["language"]: _model(entry, arrays) for entry in card["languages"]}
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        raise TopicFileError(f"{path}: is damaged ({type(problem).__name__}: {problem})") from None


def _model(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SavedTopics:
    prefix = f"{entry['language'] or 'und'}."
    own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    tool = embedder(entry["embedder"]["spec"])
    tensors = {name.removeprefix("embedder."): a for name, a in own.items() if name.startswith("embedder.")}
    tool.restore(tensors, entry["embedder"])
    membership = Membership(own["weights"], own["intercepts"], tuple(entry["kept"]))
    if len(membership.kept) != len(entry["topics"]) or len(entry["typical"]) != len(entry["topics"]):
        raise ValueError("its topics and their weights do not match")
    return SavedTopics(
        entry["language"],
        tuple(
            Topic(**{**t, "words": _words(t), "representative": tuple(t["representative"])})
            for t in entry["topics"]
        ),
        tuple(Broader(**{**g, "words": _words(g), "members": tuple(g["members"])}) for g in entry["broader"]),
        tuple(tuple(texts) for texts in entry["typical"]),
        membership,
        tool,
        frozenset(entry.get("apart", ())),
    )


def _words(entry: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple((str(word), float(weight)) for word, weight in entry["words"])
