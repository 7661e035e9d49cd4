"""Runs that were never measured: of any number of cells, with all that a report can show."""

import random

from msgspec.structs import replace

from sdvbench.cells import Cell
from sdvbench.claims.finding import Status as ClaimStatus
from sdvbench.claims.record import ClaimRecord
from sdvbench.closed_loop.record import Driven, Drives
from sdvbench.gate.figures import Judged
from sdvbench.gate.stats import Estimate
from sdvbench.gate.verdict import Status, Tier
from sdvbench.measurement.roofline import Roofline
from sdvbench.realtime.jitter import Jitter
from sdvbench.realtime.record import Record
from sdvbench.report.run import Control, Hardware, Rounds, Run

PRUNINGS = {"orig": 1.0, "PL": 0.88, "PS": 1.01, "PG": 0.74}
ENGINES = {
    ("Wd", "fp32"): (118.0, 0.0, 420.0),
    ("W1", "fp32"): (93.0, 0.0, 180.0),
    ("W1", "fp16"): (96.0, 0.0004, 150.0),
    ("W1", "int8"): (48.0, 0.031, 120.0),
}


SIZES = {
    "orig": {"macs": 8_244_113_200, "params": 7_225_885},
    "PL": {"macs": 7_600_735_200, "params": 6_717_632},
    "PS": {"macs": 8_244_113_200, "params": 7_225_885},
    "PG": {"macs": 6_243_600_000, "params": 5_263_100},
}


def figure(cell, metric, status="PASS", reason="0.998 times the engine accepted", **shown):
    return Judged(
        cell=str(cell),
        metric=metric,
        imgsz=640,
        anchor="yolov5s-orig-W1-fp32-b1",
        weights="seeded",
        artifact="0a" * 32,
        shown=shown,
        size=SIZES[cell.pruning],
        status=Status(status),
        reason=reason,
        change="-0.2 %" if metric in ("latency", "throughput", "memory") else "",
        tier=Tier.ARTIFACT,
    )


def cells(models=("yolov5s",), batches=(1,)):
    return [
        Cell(model, pruning, workflow, precision, batch)
        for model in models
        for batch in batches
        for workflow, precision in ENGINES
        for pruning in PRUNINGS
    ]


def figures(cell):
    """All that perf and accuracy tell of one cell."""
    base, lost, memory = ENGINES[cell.workflow, cell.precision]
    memory -= 10 * list(PRUNINGS).index(cell.pruning)
    ms = base * PRUNINGS[cell.pruning] * cell.batch
    below = lost + 0.01 * list(PRUNINGS).index(cell.pruning)
    drop = {"map": 0.46 - below, "map50": 0.7 - below, "map_drop": lost}
    found = [
        figure(cell, "latency", median_ms=ms, p90_ms=1.1 * ms, p99_ms=1.4 * ms, speed_up=93 / ms),
        figure(cell, "throughput", images_per_second=1e3 * cell.batch / ms),
        figure(cell, "memory", private_memory_mb=memory, peak_memory_mb=memory + 100),
        figure(cell, "agreement", box_px=0.1, box_error=1e-4, confidence_error=1e-4),
        figure(cell, "map_drop", **drop),
    ]
    if cell.pruning != "orig":
        found.append(figure(cell, "pruning_drop", pruning_drop=below))
    return found


def rounds(cell, count=60):
    """Noise with a spike or two, the same for the same cell."""
    draw = random.Random(str(cell))  # its own
    base = ENGINES[cell.workflow, cell.precision][0] * PRUNINGS[cell.pruning] * cell.batch / 1e3
    return Rounds(seconds=[base * (1 + draw.expovariate(20)) for _ in range(count)])


def realtime(cell, rate_hz, frames=300, **more):
    times = [1e3 * s for s in rounds(cell, frames).seconds]
    misses = sum(time > 1e3 / rate_hz for time in times)
    order = sorted(times)
    at = {name: order[int(p * (frames - 1))] for name, p in zip(NAMES, SHARES, strict=True)}
    times = [None if n % 50 == 7 else time for n, time in enumerate(times)]  # dropped
    slow = rounds(cell).seconds[0]
    share = misses / frames
    told = Record(
        cell=str(cell),
        imgsz=640,
        rate_hz=rate_hz,
        policy="drop-oldest",
        frames=frames,
        deadline_ms=1e3 / rate_hz,
        misses=misses,
        miss_rate=(share, max(share - 0.05, 0), min(share + 0.05, 1)),
        jitter=Jitter(90.0, 100.0, 140.0, 4.2, 31.0),
        latency_ms=at,
        dropped=misses // 3,
        latencies_ms=times,
        energy_mj_per_frame=None,
        disturbed="",
        sap=0.44 - 0.08 * rate_hz * slow,
        sap_interval=(0.3, 0.45),
        rtia=max(0.44 - 0.13 * rate_hz * slow, 0.02),
        offline_map=0.46,
        truth="exact",
    )
    return replace(told, **more)


NAMES, SHARES = ("p50", "p90", "p99", "p99.9"), (0.5, 0.9, 0.99, 0.999)


def claim(status="CONFIRMED", text="PL leaves 7.600735 G MACs", **more):
    told = ClaimRecord(
        id="table-v-pl-macs",
        text=text,
        source="Table V",
        hardware="RTX 4090",
        status=ClaimStatus(status),
        reason="7,600,735,200 MACs here, equal to the last digit that the paper prints",
        ours="7.600735 G",
        paper="7.600735 G",
    )
    return replace(told, **more)


CLAIMS = [
    claim(),
    claim("REFUTED", "PS is the fastest pruning", ours="1.01x of orig", paper="fastest"),
    claim("NOT TESTABLE HERE", "W0 is 10x faster in int8", ours="", paper="10x"),
]


def roofline(cell):
    seconds = ENGINES[cell.workflow, cell.precision][0] / 1e3
    return Roofline(
        cell=str(cell),
        imgsz=640,
        macs=8_244_113_200,
        bytes=61_000_000,
        seconds=seconds,
        peak_gmacs_per_s=110.0,
        peak_gb_per_s=14.0,
        roof_seconds=0.8 * seconds,
        share=0.8,
        bound="compute",
        bandwidth_share=0.42,
        threads=0,
        disturbed="",
    )


def run(told_cells=None, rates=(), claims=(), with_roofline=False, records=None, **more):
    """A Run of these cells, at these rates of a camera."""
    told_cells = cells() if told_cells is None else told_cells
    given = {
        "date": "2026-11-26T10:00:00+00:00",
        "commit": "0123456789",
        "hardware": Hardware(name="some-cpu-2c", summary="Some CPU, 2 cores, avx2"),
        "libraries": {"onnxruntime": "1.31.1", "torch": "2.13.0"},
        "settings": {"run": {"model": "yolov5s", "imgsz": "640", "weights": "seeded"}},
        "control": Control(status=Status.PASS, reason="1.001 times the other, tolerance 5 %"),
        "records": [r for cell in told_cells for r in figures(cell)]
        if records is None
        else records,
        "realtime": [realtime(cell, rate) for cell in told_cells for rate in rates],
        "claims": list(claims),
        "roofline": [roofline(cell) for cell in told_cells] if with_roofline else [],
        "gaps": {"no TensorRT here; to enable: install it": ["yolov5s-orig-W2-fp16-b1"]},
        "traces": {f"{cell} latency": rounds(cell) for cell in told_cells},
    }
    return Run(**given | more)


def hundred():
    """100 cells of two models, behind a camera at three rates."""
    many = [cell for n in range(1, 4) for cell in cells(("yolov5n", "yolov5s", "yolov5m"), (n,))]
    return run(many[:100], rates=(10, 15, 30), claims=CLAIMS * 12, with_roofline=True)


BYTES = {"Wd": 6_400_000, "W1": 6_380_000, "W2": 3_200_000}
PILOTNET = {"macs": 26_000_000, "params": 1_595_528}


def driving_figures(cell, ms=2.0, speed=1.0, growth=0.0):
    """Latency and errors of a cell that drives, on image 0.01 of mean squared error."""
    size = PILOTNET | {"artifact_bytes": BYTES[cell.workflow] // (4 if "int8" in str(cell) else 1)}
    own = {"cell": str(cell), "imgsz": "66x200", "weights": "w", "task": "driving", "size": size}
    told = {"status": Status.PASS, "reason": "fine", "change": ""}
    cost = Estimate(1 / speed, 0.9 / speed, 1.1 / speed)
    anchor = "pilotnet-orig-W1-fp32-b1"
    shown = {"mse": 0.01 * (1 + growth), "mse_growth": growth, "mse_v": 0.01, "mse_w": 0.01}
    between = {"mse": (0.005, 0.02), "mse_growth": (growth - 0.01, growth + 0.01)}
    timed = {"median_ms": ms, "p90_ms": 2 * ms, "p99_ms": 3 * ms, "speed_up": speed}
    return [
        Judged(metric="latency", anchor=anchor, shown=timed, cost=cost, **own, **told),
        Judged(metric="mse", anchor=anchor, shown=shown, intervals=between, **own, **told),
    ]


def drives(cell, end="arrived", aside_m=0.3):
    """Along a straight road of 100 m, ever further from its centre."""
    lost = end != "arrived"
    trip = Driven(
        seed=0,
        end=end,
        deviation_mean_m=aside_m,
        deviation_max_m=aside_m,
        deviation_total_m=10.0,
        deviation_per_km_m=100.0,
        jderobot_mae=8.0,
        completed=0.5 if lost else 1.0,
        failed_s=5.0 if lost else None,
        distance_m=50.0 if lost else 100.0,
        speed_mps=10.0,
        speed_change_mps=0.1,
        turn_change_radps=0.01,
        frequency_hz=100.0,
        decisions_hz=20.0,
        inference_ms=10.0,
        real_time_factor=5.0,
    )
    length = 50 if lost else 100
    return Drives(
        cell=str(cell),
        simulator="circuit-v1-road0-66x200",
        slower=1.0,
        laps=1.0,
        cycle_ms=50.0,
        services_ms=[10.0],
        trips=[trip, replace(trip, seed=1)],
        path_m=[(float(x), aside_m * x / length, aside_m * x / length) for x in range(length + 1)],
        lane_m=[(float(x), 0.0, 2.0) for x in range(0, 101, 2)],
        reference="pilotnet-orig-Wd-fp32-b1",
        growth_m=(0.01, -0.01, 0.03),
    )


DRIVERS = [Cell("pilotnet", "orig", *engine) for engine in (("Wd", "fp32"), *list(ENGINES)[1:])]
DRIVERS = [cell for cell in DRIVERS if cell.precision != "fp16"]  # Wd fp32, W1 fp32, W1 int8


def driving():
    """A run of networks that drive."""
    figures = [
        record
        for cell, ms, growth in zip(DRIVERS, (2.0, 1.0, 0.4), (0.0, 0.0, 0.0284), strict=True)
        for record in driving_figures(cell, ms, 1 / ms, growth)
    ]
    driven = [drives(cell) for cell in DRIVERS[:2]] + [drives(DRIVERS[2], "off the lane", 2.01)]
    return run(records=figures, drives=driven, traces={})


def everything():
    """A run with every verdict and every section."""
    found = [r for cell in cells() for r in figures(cell)]
    slower = "1.231 times the engine accepted on 2026-01-02 at commit abc (95 % interval 1.216 to "
    changes = {
        0: {"status": Status.FAIL, "reason": slower + "1.247), tolerance 5 %", "change": "+23.1 %"},
        9: {
            "status": Status.FAIL,
            "reason": "loss of mAP50-95 0.0325 (limit map = 0.02)",
            "tier": Tier.LIMIT,
        },
        12: {"status": Status.INCONCLUSIVE, "reason": "neighbours; run again when it is quiet"},
    }
    ungated = {"status": Status.UNGATED, "reason": "no accepted figure; to gate: accept one"}
    changes |= dict.fromkeys(range(20, 29), ungated)
    found = [replace(record, **changes.get(place, {})) for place, record in enumerate(found)]
    return run(records=found, rates=(10, 15, 30), claims=CLAIMS, with_roofline=True)
