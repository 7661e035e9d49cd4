"""How far the outputs of a network without a known task differ from the reference's."""

from sdvbench.metrics.base import Column, Metric, Value

OUTPUT_ERROR = Metric(
    "output_error",
    "agreement of outputs with the reference",
    values=(
        Value(
            "output_error",
            "output_error",
            "error of the output that is furthest off",
            "lower",
            form="{:.2g}",
            example=0.03,
        ),
    ),
    columns=(Column("output error", "output_error", "{:.1e}"),),
    legend=(
        "output error: mean difference from the fp32 reference of the output that is furthest off, "
        "as a share of how much it changes from one call to the next",
    ),
    limited={"output_error": "error of the output that is furthest off"},
    task="tensors",
)
