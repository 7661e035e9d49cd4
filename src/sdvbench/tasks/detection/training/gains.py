"""How much each term of a detector's loss counts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gains:
    """Weights of the three terms, for 80 classes at 640 pixels, as YOLOv5's recipe for training
    from nothing has them."""

    box: float = 0.05
    objectness: float = 1.0
    classes: float = 0.5

    def scaled(self, num_classes: int, imgsz: int) -> "Gains":
        """For fewer classes, each of which has more of the objects, and for smaller maps."""
        return Gains(
            self.box, self.objectness * (imgsz / 640) ** 2, self.classes * num_classes / 80
        )
