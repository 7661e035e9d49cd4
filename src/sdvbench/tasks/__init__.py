"""What the inputs and outputs of networks mean and how they are scored; a room a task."""

from sdvbench.registry import Registry

__all__ = ["TASKS"]

TASKS = Registry(
    "task",
    "sdvbench.tasks",
    {
        "detection": "sdvbench.tasks.detection.task:Detection",
        "driving": "sdvbench.tasks.driving.task:Driving",
        "tensors": "sdvbench.tasks.tensors:Tensors",
    },
)
