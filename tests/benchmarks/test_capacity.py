from __future__ import annotations

from math import ceil

import pytest

from benchmarks.capacity import City, Figure, StageCosts, need, needs
from benchmarks.errors import BenchmarkError
from benchmarks.published import CARDS, SERVERS, Card, Server


def figure(value: float) -> Figure:
    return Figure("x", value, "ms", "measured", "test")


COSTS = StageCosts(figure(0.5), figure(26.0), figure(55.0), figure(4.0), figure(3.0))
BOX = Server("box", 32, 128, 25, 2)


@pytest.mark.parametrize(
    ("busy_share", "looks"),
    [
        pytest.param(1.0, 2000.0, id="all busy: 8,000 cameras by 4 s"),
        pytest.param(0.0, 800.0, id="all calm: 8,000 cameras by 10 s"),
        pytest.param(0.5, 1400.0, id="half and half"),
    ],
)
def test_looks_a_second(busy_share: float, looks: float) -> None:
    assert City(8000, busy_share).looks_per_second == pytest.approx(looks)


def test_detection_on_the_cores_is_the_sum_of_the_stages() -> None:
    found = need(City(8000, 1.0, fill=0.5), COSTS, BOX, None)
    cores = 8000 * 0.5 / 1000 + 2000 * (26 + 55) / 1000
    assert found.cores == pytest.approx(cores)
    assert found.by_need["cores"] == ceil(cores / 16)
    assert (found.machines, found.cards, found.bottleneck) == (found.by_need["cores"], 0, "cores, 66% of them detecting")


def test_a_card_takes_detection_off_the_cores() -> None:
    found = need(City(8000, 1.0, fill=0.5), COSTS, BOX, CARDS["t4"])
    assert found.cores == pytest.approx(4 + 52)
    assert found.busy_cards == pytest.approx(3.4)
    assert found.cards == 7
    assert found.by_need["cards"] == 4


@pytest.mark.parametrize(
    ("costs", "card", "bottleneck"),
    [
        pytest.param(COSTS, None, "cores", id="nano model on cores"),
        pytest.param(StageCosts(figure(0.5), figure(1.0), figure(1.0), figure(4.0), figure(8.0)), None, "network", id="heavy streams, cheap looks"),
        pytest.param(StageCosts(figure(0.1), figure(0.1), figure(0.1), figure(90.0), figure(1.0)), None, "memory", id="a decoder kept per camera"),
        pytest.param(COSTS, Card("slow", "m", 40.0, "inference", "test"), "cards", id="a slow card"),
    ],
)
def test_the_dearest_need_is_the_bottleneck(costs: StageCosts, card: Card | None, bottleneck: str) -> None:
    found = need(City(), costs, BOX, card)
    assert found.bottleneck.split(",")[0] == bottleneck
    assert found.machines == found.by_need[bottleneck] == max(found.by_need.values())


def test_an_unknown_network_is_not_counted() -> None:
    assert "network" not in need(City(), COSTS, Server("measured", 2, 24, None, 0), None).by_need


def test_a_machine_without_slots_takes_no_card() -> None:
    with pytest.raises(BenchmarkError, match="takes no card"):
        need(City(), COSTS, Server("measured", 2, 24, None, 0), CARDS["t4"])


@pytest.mark.parametrize(
    "city",
    [
        pytest.param({"cameras": 0}, id="no camera"),
        pytest.param({"busy_share": 1.2}, id="more than all are busy"),
        pytest.param({"fill": 0.0}, id="nothing is used"),
        pytest.param({"calm_seconds": 0.0}, id="looks without pause"),
    ],
)
def test_a_city_that_cannot_be(city: dict[str, float]) -> None:
    with pytest.raises(BenchmarkError):
        City(**city)  # type: ignore[arg-type]


def test_more_cameras_never_need_fewer_machines() -> None:
    counts = [sum(one.machines for one in needs(City(cameras), COSTS, list(SERVERS.values()), [None, CARDS["t4"]])) for cameras in (1, 100, 1000, 8000, 20000)]
    assert counts == sorted(counts)
    assert counts[0] == 6  # one of each at least
