"""Runtimes against ONNX Runtime in fp32, timed in turn, and the mAP of each.

It prints the table of docs/runtimes.md.

    python scripts/runtimes.py coco:FOLDER --weights yolov5n.pt

Speed is that of YOLOv5s with seeded weights; accuracy that of the checkpoint, a YOLOv5n, on data.
"""

import argparse
from pathlib import Path

from sdvbench.measurement.spinning import stop_idle_spinning

stop_idle_spinning()  # before torch is loaded

import numpy as np  # noqa: E402

import sdvbench  # noqa: E402
from sdvbench.datasets.source import open_dataset  # noqa: E402
from sdvbench.gate.stats import Estimate, median_ratio  # noqa: E402
from sdvbench.measurement.latency import interleaved  # noqa: E402
from sdvbench.models.base import Network  # noqa: E402
from sdvbench.tasks.detection.letterbox import letterbox  # noqa: E402
from sdvbench.tensors import Images  # noqa: E402
from sdvbench.workflows.base import Engine  # noqa: E402

ENGINES = [
    (name, precision) for name in ("W1", "OpenVINO", "Inductor") for precision in ("fp32", "int8")
]
IMGSZ, CALIBRATION_IMAGES = 640, 32


def images_of(data: str) -> Images:
    dataset = open_dataset(data)
    samples = [dataset[index] for index in range(CALIBRATION_IMAGES)]
    return np.stack([letterbox(sample.image, IMGSZ)[0] for sample in samples])


def built(model: Network, calibration: Images, threads: int) -> list[Engine]:
    return [
        sdvbench.build(model, *engine, imgsz=IMGSZ, calibration=calibration, threads=threads)
        for engine in ENGINES
    ]


def shares(calibration: Images, threads: int, rounds: int) -> tuple[list[Estimate], str]:
    """The time of each engine over the first one's, and who disturbed."""
    engines = built(sdvbench.load_model("yolov5s"), calibration, threads)
    turns = interleaved(engines, calibration[:8])
    turns.warm_up()
    turns.run(rounds)
    logs = np.log(np.array(turns.seconds))
    return [median_ratio(row - logs[0]) for row in logs], turns.disturbance_of_unlike


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="as --sdv-data, with labels of COCO's classes")
    parser.add_argument("--weights", type=Path, required=True, help="a checkpoint of YOLOv5n")
    parser.add_argument("--calibration", default="scenes:32", help="as --sdv-calibration")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    calibration = images_of(options.calibration)
    found, disturbed = shares(calibration, options.threads, options.rounds)
    model = sdvbench.load_model("yolov5n", options.weights)
    dataset = open_dataset(options.data)
    print(f"{options.rounds} rounds, {options.threads} threads; {disturbed or 'nobody disturbed'}")
    print("| engine | time of YOLOv5s over W1 fp32 | 95 % interval | mAP50-95 of YOLOv5n | mAP50 |")
    print("| --- | --- | --- | --- | --- |")
    for name, share, engine in zip(
        ENGINES, found, built(model, calibration, options.threads), strict=True
    ):
        with engine:
            score = sdvbench.evaluate(engine, dataset, model.class_names)
        print(
            f"| {' '.join(name)} | {share.value:.3f} | {share.low:.3f} to {share.high:.3f} | "
            f"{score.map:.4f} | {score.map50:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
