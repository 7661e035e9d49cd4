"""What this machine can measure, and what it lacks."""

import sys
from importlib.metadata import PackageNotFoundError, version

from sdvbench.errors import SdvbenchError
from sdvbench.measurement.gpu_setup import gpu_setup
from sdvbench.measurement.hardware import hardware, library_versions
from sdvbench.simulators import SIMULATORS
from sdvbench.store import Store
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import EngineSpec, check_device


def report(device: str) -> str:
    """A few lines for people: hardware class, libraries, store, and each workflow's precisions.

    Raises OptionError for a name of no device.
    """
    check_device(device)
    lines = [f"sdvbench {version('sdvbench')}, Python {sys.version.split()[0]}"]
    try:
        found = hardware(device)
        lines.append(f"hardware class  {found.name} ({found.summary})")
    except SdvbenchError as error:
        lines.append(f"hardware class  {error}")
    lines += _gpu(device) if device.startswith("cuda") else []
    libraries = library_versions()
    lines.append("libraries       " + ", ".join(f"{n} {v}" for n, v in libraries.items()))
    lines += _warnings()
    store = Store().usage()
    lines.append(
        f"store           {store.root}: {store.artifacts} artifacts, {store.bytes / 1e6:.0f} MB "
        f"(and {store.unfinished_bytes / 1e6:.0f} MB of builds that never ended), "
        f"{store.free_bytes / 1e9:.1f} GB free"
    )
    for name in WORKFLOWS:
        workflow = WORKFLOWS[name]()
        for precision in workflow.precisions:
            spec = EngineSpec.for_images(precision, device=device)
            gap = workflow.gap(spec)
            limit = gap or workflow.speed_gap(spec)
            told = "yes" if not limit else f"{'no' if gap else 'accuracy only'}: {limit}"
            lines.append(f"{f'{name}-{precision}':<15} {told}")
    for name in SIMULATORS:
        lines.append(f"{name:<15} {SIMULATORS[name].gap() or 'yes'}")
    return "\n".join(lines)


def _gpu(device: str) -> list[str]:
    """Driver, clocks and MIG, and what to change before measuring."""
    try:
        told, advice = gpu_setup(device)
    except SdvbenchError as error:
        return [f"GPU             {error}"]
    return [f"{name:<15} {text}" for name, text in told] + [f"{'to do':<15} {a}" for a in advice]


def _warnings() -> list[str]:
    """Packages that spoil each other."""
    both = 0
    for package in ("onnxruntime", "onnxruntime-gpu"):
        try:
            version(package)
        except PackageNotFoundError:
            continue
        both += 1
    if both < 2:
        return []
    return [
        "WARNING         onnxruntime and onnxruntime-gpu have overwritten each other's files: "
        "pip uninstall both, then install one"
    ]
