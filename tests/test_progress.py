"""What is told reaches whoever listens, and only inside the block."""

from sdvbench import progress


def test_the_innermost_listener_hears() -> None:
    outer: list[str] = []
    inner: list[str] = []
    progress.tell("nobody listens")
    with progress.heard_by(outer.append):
        progress.tell("exporting")
        with progress.heard_by(inner.append):
            progress.tell("calibrating", 3, 16)
        progress.tell("done")
    progress.tell("nobody listens")
    assert outer == ["exporting", "done"]
    assert inner == ["calibrating 3/16"]
