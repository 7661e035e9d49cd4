"""Trains the second study's strategies: python scripts/driving_strategies.py FOLDER MODEL

Each starts from its own copy of the same weights, which are FOLDER/MODEL-orig.safetensors then, and
is written to FOLDER/MODEL-STRATEGY.safetensors; docs/driving.md says which is which. Whenever it is
killed, the same command goes on. Then: pytest perf accuracy --sdv-model MODEL --sdv-weights FOLDER
--sdv-pruning orig,...
"""

import argparse
import sys
from pathlib import Path

from embedded_pilotnet import roads

from sdvbench.cells import UNPRUNED
from sdvbench.cli import main as sdvbench
from sdvbench.commands import file_of
from sdvbench.errors import OptionError, SdvbenchError
from sdvbench.models import load_model, save_model
from sdvbench.models.checkpoint import AWARE, read_checkpoint
from sdvbench.models.digest import model_digest
from sdvbench.session.settings import EMBEDDED

STRATEGIES = {
    "pilotnet": ("orig.QAT", "ML", "MG", "ML.QAT"),
    "pilotnet_tf": ("orig.QAT", "MP", "CL.QAT", "MP50.QAT", "MP50CL.QAT"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", choices=STRATEGIES)
    parser.add_argument("--weights", type=Path, help="trained ones (default: embedded)")
    parser.add_argument("--data", help="to train on (default: recorded drives on six circuits)")
    parser.add_argument("--held-out", help="to score (default: of recorded drives, another road)")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        start = begun(options.folder, options.model, options.weights)
        train, held_out = data(options)
    except SdvbenchError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    shared = ["--weights", str(start), "--data", train, "--batch", str(options.batch)]
    shared += ["--epochs", str(options.epochs), "--learning-rate", str(options.learning_rate)]
    for strategy in STRATEGIES[options.model]:
        out = options.folder / f"{options.model}-{strategy}.safetensors"
        if out.exists():
            print(f"{out} is there")
            continue
        print(f"{options.model} {strategy}", flush=True)
        scored = ["--held-out", held_out] if held_out else []
        if failed := sdvbench(
            ["recover", options.model, strategy, *shared, *scored, "--out", str(out)]
        ):
            return failed
    return 0


def begun(folder: Path, model: str, weights: Path | None) -> Path:
    """The weights that all strategies start from, copied if they are not there."""
    file = folder / f"{model}-orig.safetensors"
    if file.exists() and weights is None:
        return file
    source = file_of(model, weights or Path(EMBEDDED))
    given = load_model(model, source)
    told = read_checkpoint(source).metadata
    if AWARE in told or told.get("pruning", UNPRUNED) != UNPRUNED or given.pruned_before == "":
        problem = "is pruned, or trained with int8's rounding, and strategies start from neither"
        raise OptionError(f"--weights {weights}", problem, "Give the weights that it was made of")
    if not file.exists():
        save_model(given, file)
    elif model_digest(load_model(model, file)) != model_digest(given):
        problem = f"holds other weights than {file}, from which its neighbours are trained"
        raise OptionError(f"--weights {weights}", problem, "Name another folder")
    return file


def data(options: argparse.Namespace) -> tuple[str, str | None]:
    if options.data:
        return options.data, options.held_out
    train, held = roads(options.folder)
    return f"driving:{train}", options.held_out or f"driving:{held}"


if __name__ == "__main__":
    sys.exit(main())
