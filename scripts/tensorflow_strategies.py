"""The second study's strategies by TensorFlow's own tools beside sdvbench's cells of them.

    python scripts/tensorflow_strategies.py FOLDER pilotnet --weights pilotnet-orig.safetensors

It prints the table of docs/litert-strategies.md. tensorflow-model-optimization (tfmot) trains each
strategy from the given weights on --data, in a process of its own; what it makes stays in FOLDER
and is taken from there the next time. litert-quantizer makes files of 8 and 16 bits of the float32
one. sdvbench converts the given weights, and those that `sdvbench recover` has trained from them,
FOLDER/MODEL-TREATMENT.safetensors; where there are none, its row says "-".
"""

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from sdvbench.measurement.spinning import stop_idle_spinning

stop_idle_spinning()  # before torch is loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402

from sdvbench.datasets.base import Dataset  # noqa: E402
from sdvbench.datasets.source import open_dataset  # noqa: E402
from sdvbench.gate.stats import Estimate, median_ratio  # noqa: E402
from sdvbench.measurement.latency import interleaved  # noqa: E402
from sdvbench.metrics.mse import MEAN_SQUARED  # noqa: E402
from sdvbench.models import load_model  # noqa: E402
from sdvbench.models.digest import model_digest  # noqa: E402
from sdvbench.models.driver import Driver  # noqa: E402
from sdvbench.models.fusion import fuse  # noqa: E402
from sdvbench.store import Store, recipe_key  # noqa: E402
from sdvbench.tasks.driving.road import road  # noqa: E402
from sdvbench.tasks.driving.task import Driving  # noqa: E402
from sdvbench.tensors import Images  # noqa: E402
from sdvbench.vehicle_command import STUDY  # noqa: E402
from sdvbench.workflows.base import Calibration, EngineSpec, Source  # noqa: E402
from sdvbench.workflows.build import build_artifact  # noqa: E402
from sdvbench.workflows.litert import FILE  # noqa: E402
from sdvbench.workflows.tflite import converter  # noqa: E402
from sdvbench.workflows.tflite.axes import channels_last  # noqa: E402
from sdvbench.workflows.tflite.conversion import SETTINGS, write_plan  # noqa: E402
from sdvbench.workflows.tflite.plan import planned  # noqa: E402
from sdvbench.workflows.tflite.running import LiteRtEngine  # noqa: E402

TRAINING = Path(__file__).with_name("tensorflow_training.py")
TRAINED = ("plain", "QAT", "pruning", "CQAT", "PQAT", "PCQAT")
CALIBRATION_IMAGES = 100  # as many as the study has, from all over the training data


@dataclass(frozen=True)
class Strategy:
    """treatment: of sdvbench's weights; "" are those given. made: the name of the file that tfmot
    makes, or, of weights that are not trained, litert-quantizer; "" where neither makes one.
    """

    name: str
    treatment: str
    precision: str
    made: str = ""


STRATEGIES = [
    Strategy("float32", "", "fp32"),
    Strategy("float16", "", "fp16", "float16"),
    Strategy("dynamic range", "", "dyn8", "dynamic"),
    Strategy("integer only", "", "int8", "static"),
    Strategy("integer, float fallback", "", "int8f"),
    Strategy("trained on, float32", "plain", "fp32", "plain"),
    Strategy("QAT", "orig.QAT", "int8f", "QAT"),
    Strategy("pruning, 80 %", "MP", "fp32", "pruning"),
    Strategy("pruning and dynamic range", "MP", "dyn8", "pruning-dynamic"),
    Strategy("CQAT", "CL.QAT", "int8f", "CQAT"),
    Strategy("PQAT", "MP50.QAT", "int8f", "PQAT"),
    Strategy("PCQAT", "MP50CL.QAT", "int8f", "PCQAT"),
]


@dataclass(frozen=True)
class Row:
    strategy: str
    tool: str
    file: Path | None


def exported(model: Driver, folder: Path) -> None:
    """The plan of the model as it is, for TensorFlow's process."""
    with torch.no_grad():
        program = torch.export.export(fuse(model), model.example(model.bound_inputs()))
    write_plan(planned(program, model.name), model.bound_inputs()[0].sizes, "fp32", folder)


def roads(dataset: Dataset, indices: Sequence[int], model: Driver) -> Images:
    """uint8 (n, 3, height, width)."""
    _, _, height, width = model.bound_inputs()[0].sizes
    return np.stack([road(dataset[index].image, height, width) for index in indices])


def by_tfmot(model: Driver, dataset: Dataset, options: argparse.Namespace) -> Path:
    """The folder of the files that it made."""
    settings = {
        "strategies": options.strategies,
        "epochs": options.epochs,
        "batch": options.batch,
        "learning_rate": options.learning_rate,
    }
    identity = {"model": model_digest(model), "data": dataset.identity, **settings}
    del identity["strategies"]
    folder = options.folder / f"{model.name}-tfmot-{recipe_key(identity)[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    exported(model, folder)
    np.save(folder / "images.npy", channels_last(roads(dataset, range(len(dataset)), model)))
    commands = np.stack([dataset[index].command for index in range(len(dataset))])
    both = np.stack([commands, commands * [1, -1]], 1)
    wanted = (model.command_range or dataset.command_range or STUDY).scaled(both)
    np.save(folder / "commands.npy", wanted.astype(np.float32))
    told = json.dumps({"converter": converter.__file__, **settings})
    (folder / "settings.json").write_text(told, encoding="utf-8")
    command = [sys.executable, str(TRAINING), str(folder)]
    subprocess.run(command, env=os.environ | SETTINGS, check=True)
    return folder


def by_litert_quantizer(whole: Path, images: Images, folder: Path) -> None:
    """Write what it makes of the float32 file ``whole``: dynamic, static and float16 .tflite."""
    from ai_edge_litert.interpreter import Interpreter
    from litert_quantizer import recipe
    from litert_quantizer.algorithm_manager import AlgorithmName
    from litert_quantizer.quantizer import Quantizer

    (signature, ends), *_ = Interpreter(str(whole)).get_signature_list().items()
    calls = [{ends["inputs"][0]: channels_last(image[None])} for image in images]
    halves = Quantizer(str(whole))
    halves.add_weight_only_config(".*", "*", 16, algorithm_key=AlgorithmName.FLOAT_CASTING)
    for name, quantizer in {
        "dynamic": Quantizer(str(whole), recipe.dynamic_wi8_afp32()),
        "static": Quantizer(str(whole), recipe.static_wi8_ai8()),
        "float16": halves,
    }.items():
        ranges = quantizer.calibrate({signature: calls}) if quantizer.need_calibration else None
        with redirect_stdout(sys.stderr):  # it prints sizes, which are no part of the table
            content = quantizer.quantize(ranges).quantized_model
        (folder / f"{name}.tflite").write_bytes(content)


def by_sdvbench(model: Driver, precision: str, images: Images) -> Path:
    """The file of the model's LiteRT cell, from the store."""
    spec = EngineSpec(precision, model.bound_inputs())
    identity = hashlib.sha256(images.tobytes()).hexdigest()
    calibration = Calibration(identity, lambda: [(image[None],) for image in images])
    source = Source(model_digest(model), lambda: model)
    return build_artifact("LiteRT", source, spec, calibration, Store()).path(FILE)


def rows(model: Driver, made: Path, options: argparse.Namespace, images: Images) -> Iterator[Row]:
    """Each strategy's, TensorFlow's tools first."""
    for strategy in STRATEGIES:
        if strategy.made:
            tool = "tfmot" if strategy.treatment else "litert-quantizer"
            file = made / f"{strategy.made}.tflite"
            yield Row(strategy.name, tool, file if file.exists() else None)
        weights = options.folder / f"{model.name}-{strategy.treatment}.safetensors"
        if not strategy.treatment:
            yield Row(strategy.name, "sdvbench", by_sdvbench(model, strategy.precision, images))
        elif weights.exists():
            treated = load_model(model.name, weights)
            yield Row(strategy.name, "sdvbench", by_sdvbench(treated, strategy.precision, images))
        else:
            yield Row(strategy.name, "sdvbench", None)


def table(found: Sequence[Row], model: Driver, held_out: Dataset, rounds: int) -> Iterator[str]:
    there = [row for row in found if row.file]
    spec = EngineSpec("fp32", model.bound_inputs(), options={"threads": 1})
    engines = [LiteRtEngine(row.file, spec) for row in there]
    scored = [
        Driving().score(model, engine, held_out, None, lambda done, total: None)
        for engine in engines
    ]
    turns = interleaved(engines, roads(held_out, range(8), model) / np.float32(255))
    turns.warm_up()
    turns.run(rounds)
    logs = np.log(np.array(turns.seconds))
    yield f"{rounds} rounds, one thread; {turns.disturbance_of_unlike or 'nobody disturbed'}\n"
    yield "| strategy | tool | bytes | gzipped | MSE | growth, 95 % | time over float32, 95 % |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in found:
        if row.file is None:
            yield f"| {row.strategy} | {row.tool} | - | - | - | - | - |"
            continue
        place = there.index(row)
        content, mse = row.file.read_bytes(), MEAN_SQUARED.value(scored[place])
        low, high = MEAN_SQUARED.loss_interval(scored[0], scored[place], 0)
        growth = mse / MEAN_SQUARED.value(scored[0]) - 1
        yield (
            f"| {row.strategy} | {row.tool} | {len(content):,} | {len(gzip.compress(content)):,} | "
            f"{mse:.6f} | {growth:+.1%} ({low:+.1%} to {high:+.1%}) | "
            f"{_told(median_ratio(logs[place] - logs[0]))} |"
        )


def _told(share: Estimate) -> str:
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", help="pilotnet or pilotnet_tf")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", default="circuit:2500?road=1", help="as --sdv-data")
    parser.add_argument("--held-out", default="circuit:1000?road=5", help="as --sdv-data")
    parser.add_argument("--strategies", nargs="*", default=TRAINED, choices=TRAINED)
    parser.add_argument("--epochs", type=int, default=2, help="of each stage of a strategy")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    model = load_model(options.model, options.weights).float()
    data, held_out = open_dataset(options.data), open_dataset(options.held_out)
    made = by_tfmot(model, data, options)
    evenly = np.linspace(0, len(data) - 1, CALIBRATION_IMAGES).astype(int).tolist()
    images = roads(data, evenly, model) / np.float32(255)
    by_litert_quantizer(by_sdvbench(model, "fp32", images), images, made)
    found = list(rows(model, made, options, images))
    for line in table(found, model, held_out, options.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
