"""The TensorRT that is installed, and its messages.

Import this only where plans are built or run: it loads NVIDIA's libraries.
"""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorrt as trt
else:
    try:
        import tensorrt as trt
    except ImportError:  # TensorRT for RTX: the same interface under a name of its own
        import tensorrt_rtx as trt

__all__ = ["MESSAGES", "NAME", "WORKSPACE_MB", "Messages", "trt"]

WORKSPACE_MB = 4096  # that a kernel may use while it runs, in 2**20 bytes
NAME = f"{trt.__name__} {trt.__version__}"

log = logging.getLogger("sdvbench.tensorrt")


class Messages(trt.ILogger):  # type: ignore[misc]
    """What TensorRT says: warnings go to our log, errors are kept to be told with what failed.

    TensorRT keeps the first logger that it is given, for the whole process, so there is one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []

    def log(self, severity: trt.ILogger.Severity, msg: str) -> None:
        """Called by TensorRT, from any of its threads."""
        if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
            self.errors.append(" ".join(msg.split()))
        elif severity == trt.ILogger.Severity.WARNING:
            log.warning("%s", msg)

    def forget(self) -> None:
        """What was said of something else is no reason for what comes now."""
        self.errors.clear()

    @property
    def reason(self) -> str:
        """The first error, which the others follow from."""
        return self.errors[0] if self.errors else "it gave no reason"


MESSAGES = Messages()
