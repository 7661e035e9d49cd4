"""How far raw outputs lie from PyTorch's."""

from sdvbench.metrics.base import Column, Metric, Value

AGREEMENT = Metric(
    "agreement",
    "agreement with PyTorch fp32",
    values=(
        Value("box_error", "box_error", "error of boxes", "lower", form="{:.2g}", example=0.03),
        Value(
            "confidence_error",
            "confidence_error",
            "error of confidences",
            "lower",
            form="{:.2g}",
            example=0.03,
        ),
    ),
    columns=(
        Column("box px off", "box_px", "{:.2g}"),
        Column("box error", "box_error", "{:.1e}"),
        Column("confidence error", "confidence_error", "{:.1e}"),
    ),
    legend=(
        "off: mean difference of raw outputs from the fp32 reference (PyTorch; of an ONNX file, "
        "ONNX Runtime without graph optimizations), on calibration images; error: the same as a "
        "share of that between two images",
    ),
    limited={"box_error": "error of boxes", "confidence_error": "error of confidences"},
    two_images=True,
)
