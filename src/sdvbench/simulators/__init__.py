"""Worlds in which a driving network drives in a closed loop; a room each."""

from sdvbench.registry import Registry

__all__ = ["SIMULATORS"]

SIMULATORS = Registry(
    "simulator",
    "sdvbench.simulators",
    {
        "circuit": "sdvbench.simulators.circuit.simulator:Circuit",
        "metadrive": "sdvbench.simulators.metadrive.simulator:MetaDrive",
    },
)
