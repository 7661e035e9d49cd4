"""Options of a command that are known once something has been imported."""

import argparse
from collections.abc import Callable
from typing import Any


class LateParser(argparse.ArgumentParser):
    """later: adds options; called once the command is the one that was given."""

    later: Callable[[], None] | None = None

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        if self.later:
            later, self.later = self.later, None
            later()
        return super().parse_known_args(*given, **named)
