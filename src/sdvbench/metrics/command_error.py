"""How far the commands of a network that drives lie from the reference's."""

from sdvbench.metrics.base import Column, Metric, Value


def _error(name: str) -> Value:
    title = f"error of {name} against the reference"
    return Value(f"{name}_error", f"{name}_error", title, "lower", form="{:.2g}", example=0.03)


COMMAND_ERROR = Metric(
    "command_error",
    "agreement of commands with the reference",
    values=(_error("v"), _error("w")),
    columns=(Column("v error", "v_error", "{:.1e}"), Column("w error", "w_error", "{:.1e}")),
    legend=(
        "v error, w error: mean difference of speed and steering from the fp32 reference, on "
        "calibration images, as a share of that between two images",
    ),
    limited={"v_error": "error of v", "w_error": "error of w"},
    two_images=True,
    task="driving",
)
