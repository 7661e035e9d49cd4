"""The suite's settings: command line first, then sdvbench.toml, then pyproject.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdvbench import embedded
from sdvbench.errors import OptionError
from sdvbench.image_size import ImageSize, parse_image_size
from sdvbench.models.given_files import EXAMPLE, GivenFile, given_file
from sdvbench.session.setting_values import each_once, parts, path_of, positive, real
from sdvbench.session.settings_files import settings_files

QUICK_IMGSZ, QUICK_FRAMES, QUICK_TRIPS = 320, 60, 3
EMBEDDED = "embedded"  # the word for the weights that come with sdvbench
PATHS = {"weights", "store", "baselines"}


@dataclass(frozen=True)
class Settings:
    """Field names but the last two are the keys of [tool.sdvbench] and, with --sdv-, the options.

    models: networks in files, by name: the table [tool.sdvbench.models], of which a run need not
        use all, and what --sdv-model adds.
    sources: by key, the option that gave it, or the key with its file, for errors.
    """

    model: tuple[str, ...] = ("yolov5s",)
    pruning: tuple[str, ...] | None = None
    workflow: tuple[str, ...] | None = None
    weights: Path | None = None
    data: str = "scenes"
    calibration: str | None = None
    device: str = "cpu"
    imgsz: ImageSize = 640
    batch: tuple[int, ...] = (1,)
    anchor: tuple[str, ...] = ("W1-fp32", "Wd-fp32")
    option: tuple[str, ...] = ()
    store: Path | None = None
    baselines: Path = Path("baselines")
    quick: bool = False
    strict: bool = False
    rate: tuple[float, ...] = (10.0, 15.0, 30.0)
    policy: str = "drop-oldest"
    frames: int = 400  # --sdv-misses 0.01 takes 368 without a miss
    sequence: str = "scene-sequence:300?rate_hz=30"
    misses: float | None = None
    simulator: str = "circuit"
    trips: int = 10
    slower: float = 1.0
    models: Mapping[str, GivenFile] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)

    def named(self, key: str) -> str:
        """Where a setting comes from, with its value, for errors."""
        return f"{self.sources.get(key, f'--sdv-{key}')} = {str(getattr(self, key))!r}"

    def in_file(self, key: str) -> bool:
        return not self.sources.get(key, "--").startswith("--")


# Accuracy is worth little without trained weights: where neither a model nor weights nor data are
# given, its suite takes what is always there. So many images keep mAP's noise below its limits.
TRAINED = {"weights": embedded.FOLDER, "data": "scenes:200"}
OF_EMBEDDED = {"model": (embedded.MODEL,), "imgsz": embedded.IMGSZ}
HELP = {
    "model": "models to measure, with commas between or the option again (default: yolov5s); one "
    f"of your own by its file: {EXAMPLE}",
    "pruning": "prunings to measure, with commas between: orig, PL, PS, PG, those of the second "
    "study (ML, MG, MP, MP50, CL, MP50CL) and what other packages register; .QAT after a name is "
    "that, trained with int8's rounding in the loop (default: all but the second study's)",
    "workflow": "workflows to measure, with commas between (default: Wd,W0,W1,W2, and those that "
    "other packages register)",
    "weights": "checkpoint of the model: .pt, .safetensors or a state dict; or a folder of "
    f"MODEL-PRUNING.safetensors, pruned and recovered; or {EMBEDDED}, those that come with "
    f"sdvbench, {embedded.MODEL} for scenes (default: seeded; in accuracy, where neither model nor "
    f"data is given, {EMBEDDED})",
    "data": "data set as KIND:PATH, KIND one of scenes, coco, yolo, kitti, bdd100k",
    "calibration": "images that ranges of int8 and int16 are taken from, as --sdv-data (default: "
    "images that are not scored, where there are enough: those that a slice leaves out, or further "
    "scenes; else the first ones of --sdv-data)",
    "device": "cpu, cuda or cuda:N (default: cpu)",
    "imgsz": "pixels of the input, of a detector multiples of 32: the side of a square, or "
    "HEIGHTxWIDTH, for example 384x640 (default: 640)",
    "batch": "batch sizes, with commas between (default: 1)",
    "anchor": "WORKFLOW-PRECISION of the unpruned engine of its model that a cell is timed in turn "
    "with; of several, the first that runs here (default: W1-fp32,Wd-fp32)",
    "option": "options of workflows, with commas between, for example "
    "W1.graph_optimization=basic,Wd.threads=1",
    "store": "folder of built artifacts (default: SDVBENCH_CACHE or the user's cache)",
    "baselines": "folder of accepted figures and thresholds (default: baselines)",
    "quick": f"fewer rounds, and {QUICK_IMGSZ} pixels unless --sdv-imgsz is given",
    "strict": "INCONCLUSIVE and UNGATED fail",
    "rate": "of -m realtime: frames a second of the camera, with commas between; a result is due "
    "one period after its frame (default: 10,15,30)",
    "policy": "of -m realtime: drop-oldest (one frame waits, the newest) or queue (all wait) "
    "(default: drop-oldest)",
    "frames": f"of -m realtime: frames to film at each rate (default: {Settings.frames}; quick: "
    f"{QUICK_FRAMES})",
    "sequence": "of -m realtime: what sAP and RTIA are scored on, as --sdv-data, of a kind with a "
    "rate: scene-sequence, kitti-sequence (default: scene-sequence:300?rate_hz=30)",
    "misses": "of -m realtime: the share of frames that may miss their deadline, for example 0.01; "
    "without it deadlines are told and UNGATED",
    "simulator": "of -m drive: where to drive, as NAME or NAME?key=value (default: circuit)",
    "trips": f"of -m drive: how often each engine drives the road, with other seeds (default: "
    f"{Settings.trips}; quick: {QUICK_TRIPS})",
    "slower": "of -m drive: multiply the times of the recorded calls by this, for slower hardware "
    "like the car's (default: 1)",
}


def read_settings(root: Path, options: Mapping[str, Any], trained: bool = False) -> Settings:
    """From the files in ``root`` and from ``options``, by their names on the command line, which
    end in a field's name; None is an option that was not given. A relative path in a file starts at
    ``root``, that of an option at the current folder.

    trained: the embedded models are the default.
    Raises OptionError, naming the option or the file and its key.
    """
    given: dict[str, Any] = {}
    files: dict[str, GivenFile] = {}
    for file, content in settings_files(root):
        files |= _files(content.pop("models", {}), file, root)
        unknown = content.keys() - HELP.keys()
        if unknown:
            raise OptionError(
                f"key {min(unknown)!r} in {file}",
                "is not known to sdvbench",
                f"Choose from {', '.join(HELP)}",
            )
        given |= {key: (f"{key} in {file}", value) for key, value in content.items()}
    for option, value in options.items():
        if value is not None:
            given[option.rpartition("-")[2]] = (option, value)
    values = {name: _convert(name, source, value) for name, (source, value) in given.items()}
    sources = {name: source for name, (source, _) in given.items()}
    if "model" in values:
        start = Path() if sources["model"] in options else root
        values["model"] = _names(values["model"], start.absolute(), files, sources["model"])
    for name in PATHS & values.keys():
        if sources[name] not in options:
            values[name] = root / values[name]
    # Absolute now, because a test may change the working directory.
    values["baselines"] = values.get("baselines", root / Settings.baselines).absolute()
    if trained and not values.keys() & {"model", "weights", "data"}:
        values |= TRAINED
    if values.get("weights") == embedded.FOLDER:
        values = OF_EMBEDDED | values
    if values.get("quick"):
        values = {"imgsz": QUICK_IMGSZ, "frames": QUICK_FRAMES, "trips": QUICK_TRIPS} | values
    return Settings(**values, models=files, sources=sources)


def _files(table: Any, file: str, root: Path) -> dict[str, GivenFile]:
    """What [tool.sdvbench.models] names, by name."""
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        remedy = f"Write [tool.sdvbench.models] and, below it, {EXAMPLE.replace('=', ' = ', 1)}"
        raise OptionError(f"key 'models' in {file}", "is not a table of texts", remedy)
    return {
        name: given_file(name, text, root.absolute(), f"models.{name} in {file} = {text!r}")
        for name, text in table.items()
    }


def _names(
    given: Sequence[str], start: Path, files: dict[str, GivenFile], source: str
) -> tuple[str, ...]:
    """The names of models; those that are given with a file are added to ``files``. source: as
    ``_convert`` has it.
    """
    names: list[str] = []
    for text in given:
        name, equals, place = text.partition("=")
        named = f"{source} {text}" if source.startswith("--") else f"{source} = {text!r}"
        if name in names:
            raise OptionError(named, f"names {name} twice", "Give it another name")
        if equals:
            files[name] = given_file(name, place, start, named)
        names.append(name)
    return tuple(names)


def _convert(name: str, source: str, value: Any) -> Any:
    """``value`` in the type of the field ``name``; OptionError names ``source``."""
    try:
        if name in ("quick", "strict"):
            if not isinstance(value, bool):
                raise ValueError("is neither true nor false")
            return value
        if name == "option":
            return parts(value)
        if name in ("model", "pruning", "workflow", "anchor"):
            return each_once(parts(value))
        if name == "batch":
            return each_once(tuple(positive(part) for part in parts(value)))
        if name == "rate":
            return each_once(tuple(real(part, above=0) for part in parts(value)))
        if name == "misses":
            return real(value, above=0, below=1)
        if name == "imgsz":
            return parse_image_size(value)
        if name == "slower":
            return real(value, above=0)
        if name == "trips":
            return positive(value, least=2)  # one has no interval
        if name == "frames":
            return positive(value)
        if name == "weights" and str(value) == EMBEDDED:
            return embedded.FOLDER
        if name in PATHS:
            return path_of(value)
        return str(value)
    except (ValueError, TypeError, RuntimeError) as error:  # RuntimeError: ~ of no known user
        problem = str(error).rstrip(".")
        raise OptionError(f"{source} = {value!r}", problem, f"It means: {HELP[name]}") from error
