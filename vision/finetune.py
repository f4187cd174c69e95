"""Fine-tuning a pretrained network on labelled pictures, augmented and regularised as a recipe says.

In: pictures with labels and groups, and a recipe (`vision.recipes`). Out: a network and its head, with the
answers it gave for the groups that were left out. Parts are timm's: RandAugment, mixup, random erasing,
stochastic depth, layer-wise learning rates, cosine schedule with warm-up, moving average of weights. The
disturbances of press and paper are `vision.augment`'s. About a fifth of the pictures, whole groups, are never
trained on: on them training stops when it no longer helps, and temperature and threshold are chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vision import training, tuned
from vision.encoders import EncoderError, device
from vision.heads import Head, softmax
from vision.images import open_image
from vision.metrics import coverage_threshold, report
from vision.recipes import FineTune
from vision.together import chosen, shares

BLOCK = 64  # pictures decoded ahead of the network when it only looks


@dataclass(frozen=True, eq=False)
class Tuned:
    """A trained network with its head; `left_out` are rows of pictures never trained on, `answers` their
    probabilities [m, labels].
    """

    head: Head
    network: Any
    left_out: np.ndarray
    answers: np.ndarray


def finetune(
    task: str,
    pictures: Sequence[Path],
    labels: Sequence[str],
    groups: Sequence[str],
    recipe: FineTune,
    order: Sequence[str] | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Tuned:
    """A network for `labels` [n] of `pictures` [n]; `groups` [n] say which belong together.

    Seeded; on a CPU the same call gives the same weights. `say` is told one line per epoch. Raises
    `EncoderError` (weights), `ImageError` (a picture), `ValueError` (fewer than two labels, or a label that
    is in too few groups to leave some out).
    """
    import torch

    names = [n for n in (order or ()) if n in set(labels)]
    names += sorted(set(labels) - set(names))
    if len(names) < 2:
        raise ValueError(f"training needs at least two labels, the table has {names or 'none'}")
    target, group = np.array([names.index(label) for label in labels]), np.array(groups)
    heads_recipe = training.RECIPES.get(task, training.Recipe())
    folds, _ = training.make_folds(group, replace(heads_recipe, folds=5, seed=recipe.seed))
    out = folds == _middle(folds, target)
    inside, outside = np.flatnonzero(~out), np.flatnonzero(out)
    torch.manual_seed(recipe.seed)
    where = device()
    made, network = _network(recipe, len(names), where, say)
    network.to(where)
    balance = replace(heads_recipe, class_balance=recipe.class_balance, group_balance=recipe.group_balance)
    weights = training.balanced(target[inside], group[inside], balance)
    canvas = round(made.size * 1.25)
    held = _Held(pictures, canvas)
    best, history = _train(
        network, made, held, target, inside, outside, weights, recipe, len(names), where, say
    )
    network.load_state_dict(best)
    network.eval()
    weight, bias = _classifier(network)
    logits = _look(network, made, [pictures[int(i)] for i in outside]) @ weight + bias
    temperature = training.temperature_for(logits, target[outside])
    prior = shares(weights, target[inside], len(names))
    alone, sure = softmax(logits / temperature), softmax(logits)
    jointly = chosen(sure, target[outside], group[outside], prior)
    answers = jointly.answers(sure, group[outside], alone=alone)
    threshold = coverage_threshold(answers, target[outside], heads_recipe.target)
    left_out = sorted(set(group[outside].tolist()))
    card: dict[str, Any] = {
        "recipe": asdict(recipe),
        "network": asdict(made) | {"dimension": len(weight)},
        "validation": f"{len(left_out)} of {len(set(groups))} groups not trained on; they chose when to stop",
        "history": history,
        "together": asdict(jointly),
        "left_out": report(answers, target[outside], group[outside], names, threshold),
        "training": {
            "pictures": len(inside),
            "left_out_groups": [str(name) for name in left_out],
            "labels": dict(Counter(labels)),
            "groups": {str(k): v for k, v in sorted(Counter(groups).items())},
        },
        "preprocessing": tuned.preprocessing(made),
        "versions": training.versions(),
    }
    head = Head(
        task=task,
        labels=tuple(names),
        mean=np.zeros(len(weight)),
        scale=np.ones(len(weight)),
        weight=weight,
        bias=bias,
        temperature=temperature,
        threshold=threshold,
        encoder=tuned.HERE,
        card=card,
        together=jointly,
    )
    return Tuned(head, network, outside, answers)


def save(model: Tuned, folder: Path | str) -> Head:
    """Write network, head and card; the head as it was written, with the network's digest."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = tuned.save(folder, model.network)
    card = {**model.head.card, "encoder_key": tuned.key(sha256, tuned.described(model.head.card["network"]))}
    head = replace(model.head, encoder=f"tuned:{folder}", encoder_sha256=sha256, card=card)
    head.save(folder)
    return head


def _middle(folds: np.ndarray, target: np.ndarray) -> int:
    """The fold without which the most labels are still there to be trained on; of those, the one that tells
    most labels apart, then the first.
    """

    def worth(fold: int) -> tuple[int, int, int]:
        kept, left = set(target[folds != fold].tolist()), set(target[folds == fold].tolist())
        return len(kept), len(left), -fold

    best = max((int(f) for f in np.unique(folds)), key=worth)
    if set(target[folds != best].tolist()) != set(target.tolist()):
        raise ValueError(
            "every way to leave groups out takes all pictures of some label: more groups are needed"
        )
    return best


def _network(
    recipe: FineTune, labels: int, where: str, say: Callable[[str], None]
) -> tuple[tuned.Backbone, Any]:
    """The pretrained network: the recipe's larger one where there is a GPU and its weights can be had."""
    options = [(recipe.backbone, recipe.size, recipe.frozen)]
    if where == "cuda":
        options[0] = (recipe.backbone, recipe.size_gpu, recipe.frozen_gpu)
        if recipe.backbone_gpu:
            options.insert(0, (recipe.backbone_gpu, recipe.size_gpu, recipe.frozen_gpu))
    for number, (spec, size, frozen) in enumerate(options):
        try:
            network = tuned.pretrained(spec, labels, recipe.dropout, recipe.stochastic_depth)
        except EncoderError as error:
            if number == len(options) - 1:
                raise
            say(f"{error}; {options[number + 1][0]} is trained instead")
            continue
        _freeze(network, frozen, recipe.parts)
        for parameter in network.get_classifier().parameters():
            parameter.detach().zero_()  # timm's random start costs small data its first epochs
        return tuned.backbone(spec, size), network
    raise AssertionError("the last option raises")


def _freeze(network: Any, share: float, parts: str = "all") -> None:
    """Keep the first `share` of the network's layers, counted as timm counts them for layer-wise rates.

    Of the others, `parts` "norms" trains only the normalisations' scales and shifts, and the classifier.
    """
    from timm.models._manipulate import group_with_matcher

    named = list(network.named_parameters())
    layer_of = group_with_matcher(iter(named), network.group_matcher(coarse=False), reverse=True)
    last = max(layer_of.values())
    for name, parameter in named:
        parameter.requires_grad = layer_of[name] >= share * last and (parts == "all" or parameter.ndim == 1)
    for parameter in network.get_classifier().parameters():
        parameter.requires_grad = True


def _train(
    network: Any,
    made: tuned.Backbone,
    held: _Held,
    target: np.ndarray,
    inside: np.ndarray,
    outside: np.ndarray,
    weights: np.ndarray,
    recipe: FineTune,
    labels: int,
    where: str,
    say: Callable[[str], None],
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The weights of the best epoch and what happened in each."""
    import torch
    from timm.data import Mixup
    from timm.loss import SoftTargetCrossEntropy
    from timm.optim import create_optimizer_v2
    from timm.scheduler import CosineLRScheduler
    from timm.utils import ModelEmaV3

    random = np.random.default_rng(recipe.seed)
    optimizer = create_optimizer_v2(
        network,
        opt="adamw",
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        layer_decay=recipe.layer_decay if recipe.layer_decay < 1 else None,
    )
    steps = -(-len(inside) // recipe.batch)
    schedule = CosineLRScheduler(
        optimizer,
        t_initial=recipe.epochs * steps,
        lr_min=recipe.learning_rate / 100,
        warmup_t=min(recipe.warmup, recipe.epochs - 1) * steps,
        warmup_lr_init=recipe.learning_rate / 100,
        t_in_epochs=False,
    )
    average = ModelEmaV3(network, decay=recipe.ema, use_warmup=True) if recipe.ema else None
    mixup = Mixup(
        mixup_alpha=recipe.mixup,
        prob=1.0 if recipe.mixup else 0.0,
        label_smoothing=recipe.label_smoothing,
        num_classes=labels,
    )
    loss_of = SoftTargetCrossEntropy()
    scaler = torch.amp.GradScaler(where, enabled=where == "cuda")
    best: tuple[float, dict[str, Any]] | None = None
    history: list[dict[str, float]] = []
    waited, step = 0, 0
    for epoch in range(recipe.epochs):
        network.train()
        _still(network)
        total = 0.0
        drawn = random.choice(inside, size=steps * recipe.batch, p=weights / weights.sum())
        for inputs, wanted in _batches(held, made, drawn, target, recipe, mixup, epoch):
            with torch.autocast(where, enabled=where == "cuda"):
                loss = loss_of(network(inputs.to(where)), wanted.to(where))
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            step += 1
            schedule.step_update(step)
            if average is not None:
                average.update(network, step=step)
            total += float(loss.detach())
        judge = (average.module if average is not None else network).eval()
        logits = np.concatenate([_logits(judge, batch.to(where)) for batch in _plain(held, made, outside)])
        p = softmax(logits)
        left = float(-np.log(np.maximum(p[np.arange(len(outside)), target[outside]], 1e-12)).mean())
        right = float((p.argmax(axis=1) == target[outside]).mean())
        history.append(
            {"loss": round(total / steps, 4), "left_out_loss": round(left, 4), "accuracy": round(right, 4)}
        )
        say(
            f"epoch {epoch + 1}/{recipe.epochs}: loss {total / steps:.3f}, left out {left:.3f}, "
            f"accuracy {right:.3f}"
        )
        if best is None or left < best[0]:
            best = (left, {k: v.detach().cpu().clone() for k, v in judge.state_dict().items()})
            waited = 0
        else:
            waited += 1
            if waited >= recipe.patience:
                break
    assert best is not None
    return best[1], history


def _still(network: Any) -> None:
    """Batch statistics stay those of pretraining: batches of a few plates are no sample of the world."""
    import torch

    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()


def _logits(network: Any, batch: Any) -> np.ndarray:
    import torch

    with torch.inference_mode():
        values: np.ndarray = network(batch).float().cpu().numpy()
    return values


class _Held:
    """Pictures squeezed to a square canvas, kept in memory as long as they fit a gibibyte."""

    LIMIT = 1 << 30

    def __init__(self, pictures: Sequence[Path], canvas: int) -> None:
        self._pictures, self._canvas = pictures, canvas
        self._kept: dict[int, Any] = {}

    def __call__(self, row: int) -> Any:
        from PIL import Image

        found = self._kept.get(row)
        if found is None:
            picture = open_image(self._pictures[row], 2 * self._canvas)
            found = picture.resize((self._canvas, self._canvas), Image.Resampling.BICUBIC, reducing_gap=3.0)
            if len(self._kept) * 3 * self._canvas**2 < self.LIMIT:
                self._kept[row] = found
        return found


def _batches(
    held: _Held,
    made: tuned.Backbone,
    rows: np.ndarray,
    target: np.ndarray,
    recipe: FineTune,
    mixup: Any,
    epoch: int,
) -> Iterator[tuple[Any, Any]]:
    """Augmented and mixed batches with their soft labels, prepared one ahead.

    timm's parts draw from Python's and numpy's global generators, so one thread does all of it, and nothing
    in it draws from torch's, which dropout uses at the same time: the same seed gives the same batches.
    """
    import random as python_random

    import torch
    from PIL import ImageOps
    from timm.data import create_transform

    augment = create_transform(
        made.size,
        is_training=True,
        scale=(recipe.crop, 1.0),
        ratio=(0.8, 1.25) if recipe.crop < 1 else (1.0, 1.0),
        hflip=0.0,
        color_jitter=0.0,
        auto_augment=recipe.rand_augment or None,
        interpolation="bicubic",
        mean=made.mean,
        std=made.std,
        re_prob=recipe.random_erasing,
        re_mode="const",
    )
    random = np.random.default_rng((recipe.seed, epoch))
    python_random.seed(recipe.seed * 1000 + epoch)
    np.random.seed(recipe.seed * 1000 + epoch)

    def disturbed(row: int) -> Any:
        picture = recipe.scan(held(row), random)
        return augment(ImageOps.mirror(picture) if random.random() < recipe.flip else picture)

    def one(start: int) -> tuple[Any, Any]:
        some = rows[start : start + recipe.batch]
        batch = torch.stack([disturbed(int(row)) for row in some])
        inputs, wanted = mixup(batch, torch.from_numpy(target[some]))
        return inputs, wanted

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one, 0)
        for start in range(recipe.batch, len(rows), recipe.batch):
            ready = waiting.result()
            waiting = thread.submit(one, start)
            yield ready
        yield waiting.result()


def _plain(held: _Held, made: tuned.Backbone, rows: np.ndarray) -> Iterator[Any]:
    """Batches of pictures as they are."""
    import torch

    for start in range(0, len(rows), BLOCK):
        yield torch.stack([made.prepare(held(int(r))) for r in rows[start : start + BLOCK]])


def _look(network: Any, made: tuned.Backbone, pictures: Sequence[Path]) -> np.ndarray:
    """The pictures' vectors, prepared exactly as `TunedEncoder` will."""
    side = max(256, made.size)
    found = []
    for start in range(0, len(pictures), BLOCK):
        prepared = [made.prepare(open_image(p, side)) for p in pictures[start : start + BLOCK]]
        found.append(tuned.vectors_of(network, prepared))
    return np.concatenate(found)


def _classifier(network: Any) -> tuple[np.ndarray, np.ndarray]:
    """The last layer as a head's weight [d, labels] and bias [labels]."""
    layer = network.get_classifier()
    weight = layer.weight.detach().cpu().double().numpy().T
    return np.ascontiguousarray(weight), layer.bias.detach().cpu().double().numpy()
