"""Engines behind a camera, beside a neighbour: the table and the picture of sAP over rates.

    python scripts/realtime.py FOLDER [--beside busy] [--policy drop-oldest] [--rate 10,15,30] ...
        [--cells yolov5n-orig-Wd-fp32-b1,...]

Takes the embedded models. Deadlines are filmed at each rate; sAP and RTIA are replayed, under both
policies, from the trace of the first one. Detections are made once, in no hurry and undisturbed.
Ends with FOLDER/records.json, FOLDER/table.md and FOLDER/sap.png.
"""

import argparse
import json
from pathlib import Path

from sdvbench.cells import Cell
from sdvbench.gate_study.antagonists import ANTAGONISTS, beside
from sdvbench.measurement.spinning import stop_idle_spinning
from sdvbench.realtime.camera import POLICIES
from sdvbench.realtime.plot import draw
from sdvbench.realtime.record import Record
from sdvbench.realtime.table import columns, disturbances
from sdvbench.session.settings import read_settings
from sdvbench.session.streaming import Streams
from sdvbench.session.suite import Suite
from sdvbench.tables import markdown
from sdvbench.typed_json import written

DEFAULT = "yolov5n-orig-Wd-fp32-b1,yolov5n-orig-W1-fp32-b1,yolov5n-orig-W1-int8-b1"
OPTIONS = ("rate", "policy", "frames", "sequence", "store", "option", "imgsz")


def main() -> None:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", default=DEFAULT, help="ids, with commas between")
    parser.add_argument("--beside", choices=ANTAGONISTS, default="busy", help="the neighbours")
    for name in OPTIONS:
        parser.add_argument(f"--{name}", help=f"as --sdv-{name} of pytest")
    options = parser.parse_args()
    given = {f"--{name}": getattr(options, name) for name in OPTIONS}
    settings = read_settings(Path.cwd(), given | {"--weights": "embedded"}, trained=True)
    stop_idle_spinning()
    filmed: list[Record] = []
    replayed: list[Record] = []
    suite = Suite(settings)
    for cell in map(Cell.parse, options.cells.split(",")):
        with suite.engine(cell) as engine:
            streams = Streams(suite, cell, engine)
            with beside(options.beside):
                filmed += [streams.deadlines(rate) for rate in settings.rate]
            replayed += [
                streams.accuracy(rate, policy) for policy in POLICIES for rate in settings.rate
            ]
            print(f"{cell} done", flush=True)
    others = "; ".join(disturbances(filmed)) or "nobody else was busy"
    text = (
        f'Beside "{options.beside}" ({others}). Filmed at each rate:\n\n'
        f"{markdown(*columns(filmed))}\n"
        f"Replayed from what was filmed at {settings.rate[0]:g} Hz, "
        f"on {replayed[0].sequence}:\n\n{markdown(*columns(replayed))}"
    )
    options.folder.mkdir(parents=True, exist_ok=True)
    told = {"beside": options.beside, "filmed": filmed, "replayed": replayed}
    (options.folder / "records.json").write_text(json.dumps(written(told)) + "\n", encoding="utf-8")
    (options.folder / "table.md").write_text(text, encoding="utf-8")
    draw(replayed, options.folder / "sap.png")
    print(text)


if __name__ == "__main__":
    main()
