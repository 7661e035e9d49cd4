"""Models by name. What needs torch is imported when it is first used."""

from typing import TYPE_CHECKING

from sdvbench.lazy import lazily
from sdvbench.registry import Registry

if TYPE_CHECKING:
    from sdvbench.models.base import Detector
    from sdvbench.models.loading import load_model, save_model

__all__ = ["MODELS", "Detector", "load_model", "save_model"]

# Known to be for detection without importing any: a listing must stay quick.
DETECTORS = {f"yolov5{size}": f"sdvbench.models.yolov5:yolov5{size}" for size in "nsmlx"}
MODELS = Registry(
    "model",
    "sdvbench.models",
    {
        **DETECTORS,
        "pilotnet": "sdvbench.models.pilotnet:pilotnet",
        "pilotnet_tf": "sdvbench.models.pilotnet_tf:pilotnet_tf",
    },
)
__getattr__ = lazily(
    __name__,
    {
        "Detector": "sdvbench.models.base",
        "load_model": "sdvbench.models.loading",
        "save_model": "sdvbench.models.loading",
    },
)
