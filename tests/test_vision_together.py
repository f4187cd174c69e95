"""Pictures of one source answered together: what a source is full of makes an answer likelier, no more."""

from __future__ import annotations

import numpy as np
import pytest

from vision import training
from vision.together import Together, adapted, chosen, read

PRIOR = np.array([0.5, 0.3, 0.2])


def source(kind: int, pictures: int, seed: int) -> np.ndarray:
    """Probabilities of pictures that are mostly of one kind, as an unsure model gives them [n, 3]."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (pictures, 3))
    logits[:, kind] += 0.8
    p = np.exp(logits) * PRIOR
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def test_a_book_full_of_one_kind_is_recognised_by_its_pictures_and_another_book_is_not_touched() -> None:
    plans, plates = source(2, 60, 1), source(0, 60, 2)
    alone = np.concatenate([plans, plates])
    books = ["plans"] * 60 + ["plates"] * 60
    answer = adapted(alone, books, PRIOR, 10)
    assert (answer[:60].argmax(1) == 2).mean() > (plans.argmax(1) == 2).mean() + 0.2
    assert (answer[60:].argmax(1) == 0).mean() >= (plates.argmax(1) == 0).mean()
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    np.testing.assert_allclose(adapted(plans, books[:60], PRIOR, 10), answer[:60])
    shuffled = np.random.default_rng(0).permutation(120)
    np.testing.assert_allclose(
        adapted(alone[shuffled], [books[i] for i in shuffled], PRIOR, 10), answer[shuffled]
    )


def test_a_picture_by_itself_keeps_its_answer() -> None:
    alone = source(1, 1, 3)
    np.testing.assert_allclose(adapted(alone, ["b"], PRIOR, 50), alone, atol=0.03)
    assert Together().answers(alone, ["b"]) is alone
    assert Together(tuple(PRIOR), 10).answers(np.zeros((0, 3)), []).shape == (0, 3)


def test_what_is_chosen_on_left_out_books_makes_them_better_and_survives_a_card() -> None:
    alone = np.concatenate([source(number % 3, 40, number) for number in range(9)])
    target, books = np.repeat(np.arange(9) % 3, 40), np.repeat(list("abcdefghi"), 40)
    together = chosen(alone, target, books, PRIOR)
    answer = together.answers(alone, books)
    rows = np.arange(360)
    assert -np.log(answer[rows, target]).mean() < -np.log(alone[rows, target]).mean()
    card = {"prior": list(together.prior), "imagined": together.imagined, "temperature": together.temperature}
    assert read(card, 3) == together and read(None, 3) == Together()
    with pytest.raises(ValueError, match="do not fit"):
        read(card, 2)


def test_a_handful_of_books_does_not_decide_how_books_are_answered() -> None:
    alone = np.concatenate([source(kind, 40, kind) for kind in range(3)])
    target, books = np.repeat(np.arange(3), 40), np.repeat(["a", "b", "c"], 40)
    assert chosen(alone, target, books, PRIOR) == Together()


def test_left_out_books_are_corrected_from_the_shares_of_the_models_that_answered_them() -> None:
    alone = np.concatenate([source(2, 60, 1), source(0, 60, 2)])
    books = ["a"] * 60 + ["b"] * 60
    priors = np.repeat([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]], 60, axis=0)
    answer = Together(tuple(PRIOR), 10).answers(alone, books, priors)
    np.testing.assert_allclose(answer[:60], adapted(alone[:60], books[:60], priors[0], 10))
    np.testing.assert_allclose(answer[60:], adapted(alone[60:], books[60:], priors[60], 10))


def test_a_kind_of_which_two_pictures_are_known_is_not_found_in_every_book() -> None:
    random = np.random.default_rng(3)
    books = np.repeat([f"b{n}" for n in range(12)], 40)
    labels = np.repeat(["print", "painting"] * 6, 40)
    labels[:2] = "statue"
    vectors = random.normal(0, 1, (480, 30))
    vectors[labels == "painting", 0] += 1.5
    words = {"statue": np.eye(30)[1]}  # which say nothing of these pictures
    head, left_out = training.trained(
        "category",
        vectors,
        labels.tolist(),
        books.tolist(),
        ("", ""),
        order=["print", "painting", "statue"],
        knowledge=words,
    )
    assert head.together.imagined
    assert (left_out.argmax(axis=1) == 2).mean() < 0.02
    assert (left_out.argmax(axis=1) == np.where(labels == "painting", 1, 0)).mean() > 0.9


def test_a_model_of_the_version_that_mixed_in_doubts_is_refused() -> None:
    card = {"prior": [0.5, 0.5], "imagined": 20.0, "temperature": 1.0, "doubts": [0.1, 0.3]}
    with pytest.raises(ValueError, match="train it again"):
        read(card, 2)
    assert read(card | {"doubts": [0.0]}, 2).imagined == 20
