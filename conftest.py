"""Names what is wrong before pytest trips over missing fixtures: sdvbench brings the plugin."""

import importlib.util

import pytest

if importlib.util.find_spec("sdvbench") is None:
    pytest.exit("sdvbench is not installed; run: pip install -c constraints.txt -e '.[cpu,dev]'", 4)
