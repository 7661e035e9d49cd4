"""What is being done right now, for whoever shows it: a terminal line, a log, nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str], None]

_listener: ContextVar[Listener | None] = ContextVar("sdvbench_progress", default=None)


def tell(step: str, done: int | None = None, total: int | None = None) -> None:
    """Announce ``step``, for example ("calibrating", 3, 16). Cheap where nobody listens."""
    listener = _listener.get()
    if listener:
        listener(step if done is None else f"{step} {done}/{total}")


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Send what is told inside the block to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
