"""How people hold themselves: angles of the joints, in radians, and where that puts hips, knees, hands and head."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

Point = tuple[float, float, float]
THIGH, SHIN, UPPER_ARM, FOREARM = 0.44, 0.43, 0.29, 0.26
"""Lengths in metres of somebody 1.7 m tall."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Thigh swung forward, knee bent back."""

    thigh: float = 0.0
    knee: float = 0.0


@dataclass(frozen=True, slots=True)
class Arm:
    """Upper arm swung forward and outward, elbow bent forward, forearm turned inward."""

    swing: float = 0.0
    out: float = 0.12
    elbow: float = 0.25
    inward: float = 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """A whole posture; left (-x) before right."""

    legs: tuple[Leg, Leg] = (Leg(), Leg())
    arms: tuple[Arm, Arm] = (Arm(), Arm())
    lean: float = 0.04
    nod: float = 0.1
    look: float = 0.0
    """Head turned to a side."""


def _stand(random: Random, phase: float) -> Pose:
    slack = random.uniform(0, 0.3)
    arms = [Arm(random.uniform(-0.15, 0.2), random.uniform(0.08, 0.25), random.uniform(0.1, 0.5)) for _ in range(2)]
    if random.random() < 0.2:
        arms[random.randrange(2)] = Arm(-0.3, 0.5, 1.6, 0.9)  # a hand on the hip
    return Pose((Leg(slack * 0.5, slack), Leg()), (arms[0], arms[1]), random.uniform(-0.03, 0.08), random.uniform(0, 0.3), random.uniform(-0.6, 0.6))


def _walk(random: Random, phase: float) -> Pose:
    step = math.sin(2 * math.pi * phase) * 0.48
    lift = max(0.0, math.cos(2 * math.pi * phase)) * 0.9
    legs = Leg(step, 0.1 + (lift if step < 0.3 else 0.0)), Leg(-step, 0.1 + max(0.0, -math.cos(2 * math.pi * phase)) * 0.9)
    return Pose(legs, (Arm(-step * 0.8, 0.1, 0.35), Arm(step * 0.8, 0.1, 0.35)), 0.08, 0.05)


def _serve(random: Random, phase: float) -> Pose:
    arms = Arm(random.uniform(0.5, 0.9), 0.15, random.uniform(0.4, 0.9), 0.3), Arm(random.uniform(0.5, 0.9), 0.15, random.uniform(0.4, 0.9), 0.3)
    return Pose((Leg(0.05, 0.05), Leg()), arms, random.uniform(0.15, 0.4), 0.35, random.uniform(-0.3, 0.3))


def _hand_over(random: Random, phase: float) -> Pose:
    return Pose((Leg(0.2, 0.1), Leg(-0.1, 0.0)), (Arm(0.1, 0.12, 0.5), Arm(random.uniform(1.0, 1.35), 0.05, 0.25)), 0.2, 0.1)


def _bend(random: Random, phase: float) -> Pose:
    lean = random.uniform(0.8, 1.15)
    return Pose((Leg(0.25, 0.35), Leg(0.1, 0.3)), (Arm(lean - 0.4, 0.1, 0.35), Arm(lean - 0.2, 0.1, 0.3)), lean, 0.1)


def _sit(random: Random, phase: float) -> Pose:
    spread = random.uniform(1.25, 1.5)
    arms = Arm(random.uniform(0.3, 0.7), 0.15, random.uniform(0.6, 1.3), 0.2), Arm(random.uniform(0.3, 0.7), 0.15, random.uniform(0.6, 1.3), 0.2)
    return Pose((Leg(spread, spread + random.uniform(-0.2, 0.15)), Leg(spread, spread)), arms, random.uniform(0.0, 0.35), 0.15, random.uniform(-0.5, 0.5))


def _squat(random: Random, phase: float) -> Pose:
    arms = Arm(0.9, 0.2, random.uniform(0.2, 0.7)), Arm(0.9, 0.2, random.uniform(0.2, 0.7))
    return Pose((Leg(2.0, 2.5), Leg(1.95, 2.45)), arms, random.uniform(0.45, 0.7), 0.0)


def _carry(random: Random, phase: float) -> Pose:
    return replace(_walk(random, phase), arms=(Arm(0.55, 0.18, 1.0, 0.1), Arm(0.55, 0.18, 1.0, 0.1)), lean=-0.03)


def _push(random: Random, phase: float) -> Pose:
    return replace(_walk(random, phase), arms=(Arm(0.75, 0.1, 0.35), Arm(0.75, 0.1, 0.35)), lean=0.3)


def _phone(random: Random, phase: float) -> Pose:
    return Pose((Leg(0.1, 0.15), Leg()), (Arm(0.0, 0.12, 0.2), Arm(0.6, 0.1, 1.7, 0.25)), 0.04, 0.45)


def _ride(random: Random, phase: float) -> Pose:
    return Pose((Leg(1.25, 1.35), Leg(0.75, 0.8)), (Arm(0.85, 0.12, 0.3), Arm(0.85, 0.12, 0.3)), 0.25, 0.0)


def _sweep(random: Random, phase: float) -> Pose:
    return Pose((Leg(0.3, 0.15), Leg(-0.15, 0.1)), (Arm(0.7, 0.1, 0.7, 0.5), Arm(0.5, 0.1, 0.4, 0.3)), 0.35, 0.3)


POSES: dict[str, Callable[[Random, float], Pose]] = {
    "stand": _stand, "walk": _walk, "serve": _serve, "hand_over": _hand_over, "bend": _bend, "sit": _sit, "squat": _squat, "carry": _carry, "push": _push,
    "phone": _phone, "ride": _ride, "sweep": _sweep,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Joints:
    """Places of the joints in metres: feet on the ground near the origin, facing -y; pairs are left, right."""

    hip: Point
    knees: tuple[Point, Point]
    ankles: tuple[Point, Point]
    shoulders: tuple[Point, Point]
    elbows: tuple[Point, Point]
    hands: tuple[Point, Point]
    neck: Point
    head: Point
    lean: float


def joints(pose: Pose, k: float, build: float, *, seat: float | None = None) -> Joints:
    """The joints of somebody `k` times 1.7 m tall; with `seat` the hips are that high, else the lower foot is on the ground."""
    reach = [k * (THIGH * math.cos(leg.thigh) + SHIN * math.cos(leg.thigh - leg.knee)) + 0.07 * k for leg in pose.legs]
    hip = (0.0, 0.0, max(reach) if seat is None else seat + 0.09 * k)
    knees, ankles = [], []
    for side, leg in zip((-1, 1), pose.legs, strict=True):
        spread = 0.09 * k * build
        knee = (
            side * (spread + 0.02 * math.sin(max(0.0, leg.thigh)) * 4 * k),
            hip[1] - THIGH * k * math.sin(leg.thigh),
            hip[2] - THIGH * k * math.cos(leg.thigh),
        )
        shin = leg.thigh - leg.knee
        knees.append(knee)
        ankles.append((knee[0], knee[1] - SHIN * k * math.sin(shin), knee[2] - SHIN * k * math.cos(shin)))
    shoulders, elbows, hands = [], [], []
    for side, arm in zip((-1, 1), pose.arms, strict=True):
        shoulder = _up(hip, pose.lean, 0.455 * k, side * 0.172 * k * build)
        elbow = (
            shoulder[0] + side * UPPER_ARM * k * math.sin(arm.out),
            shoulder[1] - UPPER_ARM * k * math.sin(arm.swing) * math.cos(arm.out),
            shoulder[2] - UPPER_ARM * k * math.cos(arm.swing) * math.cos(arm.out),
        )
        bent = arm.swing + arm.elbow
        hand = (
            elbow[0] - side * FOREARM * k * math.sin(arm.inward - arm.out * 0.5),
            elbow[1] - FOREARM * k * math.sin(bent) * math.cos(arm.inward),
            elbow[2] - FOREARM * k * math.cos(bent) * math.cos(arm.inward),
        )
        shoulders.append(shoulder)
        elbows.append(elbow)
        hands.append(hand)
    neck = _up(hip, pose.lean, 0.55 * k, 0.0)
    nod = pose.lean * 0.5 + pose.nod * 0.6
    head = (0.0, neck[1] - 0.18 * k * math.sin(nod) - 0.015, neck[2] + 0.18 * k * math.cos(nod))
    return Joints(
        hip, (knees[0], knees[1]), (ankles[0], ankles[1]), (shoulders[0], shoulders[1]), (elbows[0], elbows[1]), (hands[0], hands[1]), neck, head, pose.lean
    )


def _up(hip: Point, lean: float, height: float, aside: float) -> Point:
    return (hip[0] + aside, hip[1] - height * math.sin(lean), hip[2] + height * math.cos(lean))
