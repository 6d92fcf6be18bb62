from __future__ import annotations

import pytest

from models.errors import TrainingError
from models.training.recipe import MOST_IMAGE_EPOCHS, Recipe


@pytest.mark.parametrize(
    ("recipe", "epochs", "without_mosaic"),
    [
        pytest.param(Recipe(image_epochs=3_968), 2, 1, id="a comparison"),
        pytest.param(Recipe(), 20, 2, id="a sibling"),
        pytest.param(Recipe(image_epochs=10), 1, 1, id="at least one epoch"),
        pytest.param(Recipe(mosaic=0.0), 20, 0, id="nothing to close"),
    ],
)
def test_epochs_follow_from_the_budget(recipe: Recipe, epochs: int, without_mosaic: int) -> None:
    assert (recipe.epochs, recipe.close_mosaic) == (epochs, without_mosaic)


def test_the_recipe_keeps_to_the_budget() -> None:
    assert Recipe().epochs * Recipe().pictures_per_epoch <= MOST_IMAGE_EPOCHS


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TrainingError, match="whole batches of 32"):
        Recipe(pictures_per_epoch=100)
    with pytest.raises(TrainingError, match="multiple of 32"):
        Recipe(image_size=450)
