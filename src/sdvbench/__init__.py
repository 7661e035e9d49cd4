"""sdvbench: performance regression checks for pruned and quantized perception engines.

The public face. Every name is imported when it is first used, so that ``import sdvbench`` stays
quick and loads neither torch nor any runtime.
"""

from typing import TYPE_CHECKING

from sdvbench.lazy import lazily

if TYPE_CHECKING:
    from sdvbench.gate.compare import compare
    from sdvbench.measurement.latency import measure
    from sdvbench.models import load_model
    from sdvbench.pruning import prune
    from sdvbench.pruning.profile import profile
    from sdvbench.recovery.recover import recover
    from sdvbench.tasks.detection.evaluate import evaluate
    from sdvbench.workflows.build import build

__all__ = ["build", "compare", "evaluate", "load_model", "measure", "profile", "prune", "recover"]
__version__ = "0.1.0"

_PLACES = {
    "build": "sdvbench.workflows.build",
    "compare": "sdvbench.gate.compare",
    "evaluate": "sdvbench.tasks.detection.evaluate",
    "load_model": "sdvbench.models.loading",
    "measure": "sdvbench.measurement.latency",
    "profile": "sdvbench.pruning.profile",
    "prune": "sdvbench.pruning.pruned_copy",
    "recover": "sdvbench.recovery.recover",
}

__getattr__ = lazily(__name__, _PLACES)
