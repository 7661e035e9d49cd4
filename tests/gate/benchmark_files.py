"""Benchmark JSON files, made up."""

import json

CELL = "yolov5s-PL-W1-int8-b1"


def record(metric="latency", cost=(0.5, 0.49, 0.51), cell=CELL, **others):
    setting = {"imgsz": 640, "anchor": "A", "weights": "seeded", "disturbed": ""}
    told = {"cell": cell, "metric": metric, "shown": {}, "cost": list(cost)}
    return {**told, **setting, **others}


def write(file, *records, hardware="some-cpu", libraries=None, date="2026-01-02"):
    content = {
        "datetime": date if "T" in date else f"{date}T00:00:00",
        "commit_info": {"id": "0123456789abcdef"},
        "machine_info": {
            "sdvbench": {"hardware_class": hardware, "libraries": libraries or {"torch": "2"}}
        },
        "benchmarks": [{"extra_info": {"sdvbench": r}} for r in records],
    }
    file.write_text(json.dumps(content))
    return file


def plain(name, median=0.04, timer="perf_counter"):
    """A benchmark of pytest-benchmark alone."""
    stats = {"median": median, "iqr": 0.0004, "rounds": 60}
    return {"fullname": name, "options": {"timer": timer}, "stats": stats}


def write_plain(file, *benchmarks, **machine):
    """As pytest-benchmark writes it, without sdvbench."""
    cpu = {"brand_raw": "Some CPU", "count": 8}
    content = {
        "datetime": "2026-01-02T00:00:00",
        "machine_info": {"python_version": "3.11.7", "cpu": cpu} | machine,
        "benchmarks": benchmarks,
    }
    file.write_text(json.dumps(content))
    return file
