"""Models that come with sdvbench, MODEL-PRUNING.safetensors each, in half precision.

Detectors, trained on rendered scenes, pruned, and recovered, as ``scripts/embedded_models.py``
makes them: they know the classes of ``sdvbench.datasets.scenes.Scenes`` and nothing of real
streets. And a PilotNet that drives on the embedded simulator's circuits, by
``scripts/embedded_pilotnet.py``.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
MODEL = "yolov5n"
IMGSZ = 320  # pixels: the size that they were trained at
