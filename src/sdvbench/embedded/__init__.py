"""Models that come with sdvbench: trained on rendered scenes, pruned, and recovered.

MODEL-PRUNING.safetensors each, in half precision, as ``scripts/embedded_models.py`` makes them.
They know the classes of ``sdvbench.datasets.scenes.Scenes`` and nothing of real streets.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
MODEL = "yolov5n"
IMGSZ = 320  # pixels: the size that they were trained at
