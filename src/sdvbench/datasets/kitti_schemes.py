"""How KITTI's objects are scored: which types count as which class, and how hard they may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difficulty:
    """What must be found; anything lower, more hidden or more cut off need not be."""

    min_height_px: float
    max_occlusion: int
    max_truncation: float


@dataclass(frozen=True)
class Scheme:
    """How KITTI's types are scored: as a class, as ignored beside a class, or not at all."""

    classes: tuple[str, ...]
    scored: dict[str, str]
    ignored: dict[str, str]
    aliases: dict[str, str]


TYPES = frozenset(
    ("Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc", "DontCare")
)
DIFFICULTIES = {
    "easy": Difficulty(40, 0, 0.15),
    "moderate": Difficulty(25, 1, 0.30),
    "hard": Difficulty(25, 2, 0.50),
}
SCHEMES = {
    "kitti": Scheme(
        classes=("Car", "Pedestrian", "Cyclist"),
        scored={name: name for name in ("Car", "Pedestrian", "Cyclist")},
        ignored={"Van": "Car", "Person_sitting": "Pedestrian"},
        aliases={
            "car": "Car",
            "person": "Pedestrian",
            "pedestrian": "Pedestrian",
            "cyclist": "Cyclist",
        },
    ),
    "coco": Scheme(
        classes=("vehicle", "person"),
        scored={
            **dict.fromkeys(("Car", "Van", "Truck", "Tram"), "vehicle"),
            **dict.fromkeys(("Pedestrian", "Person_sitting"), "person"),
        },
        ignored={"Cyclist": "person", "Misc": "vehicle"},
        aliases={**dict.fromkeys(("car", "bus", "truck", "train"), "vehicle")},
    ),
}
