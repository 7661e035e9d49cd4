"""Makes the PilotNet that comes with sdvbench: python scripts/embedded_pilotnet.py FOLDER

It is trained on drives on six of the circuits, and scored on another one. Whenever it is killed,
the same command goes on. The result is FOLDER/pilotnet-orig.safetensors in half precision.
"""

import sys
from pathlib import Path

from sdvbench.datasets.driving import Driving
from sdvbench.models import load_model, save_model
from sdvbench.recovery.recipe import Recipe
from sdvbench.recovery.recover import recover
from sdvbench.recovery.run import Epoch
from sdvbench.simulators.circuit.simulator import Circuit
from sdvbench.simulators.recording import TABLE, Plan, record

ROADS, HELD_OUT = (0, 1, 2, 3, 4, 6), 5
RECIPE = Recipe(epochs=8, batch=64, learning_rate=1e-3)


def main() -> None:
    folder = Path(sys.argv[1])
    train, held = roads(folder)
    whole = folder / "pilotnet.safetensors"
    if not whole.exists():
        recover(
            load_model("pilotnet"),
            Driving(train),
            whole,
            RECIPE,
            pruning="orig",
            held_out=Driving(held),
            told=told,
        )
    save_model(load_model("pilotnet", whole).half(), folder / "pilotnet-orig.safetensors")


def told(epoch: Epoch) -> None:
    print(epoch.number, epoch.losses, epoch.metrics.shown if epoch.metrics else "")


def roads(folder: Path) -> tuple[Path, Path]:
    """Drives to train on, and those to score, recorded if they are not there."""
    train, held = folder / "train", folder / "held"
    for road in ROADS:
        recorded(train / f"r{road}", road, Plan(2500, seed=road))
    recorded(held, HELD_OUT, Plan(1000, seed=50))
    return train, held


def recorded(folder: Path, road: int, plan: Plan) -> None:
    if not (folder / TABLE).exists():
        with Circuit(road) as simulator:
            record(simulator, folder, plan)


if __name__ == "__main__":
    main()
