"""The usual names of the parts of a data set: train, val and test."""

import re

SPLITS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}
CANONICAL = {name: split for split, names in SPLITS.items() for name in names}
SPLIT = re.compile(r"(train|val|valid|validation|test)(20\d\d)?", re.IGNORECASE)


def split_named(name: str) -> str:
    """train, val or test, if a folder's or file's name says so (valid, val2017); "" otherwise."""
    match = SPLIT.fullmatch(name)
    return CANONICAL[match[1].lower()] if match else ""
