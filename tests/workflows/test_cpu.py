"""What is known of the CPU."""

import pytest

from sdvbench.workflows import cpu


@pytest.mark.parametrize(
    ("machine", "instructions", "overflows"),
    [
        ("x86_64", "avx2 sse4_1", True),
        ("AMD64", "avx2 sse4_1", True),
        ("x86_64", "avx2 avx_vnni sse4_1", False),
        ("x86_64", "avx512_vnni avx512f sse4_1", False),
        ("AMD64", "avx2 avx512vnni", False),
        ("x86_64", "", False),
        ("aarch64", "asimd i8mm sve2", False),
    ],
)
def test_cpus_that_overflow_are_known_by_their_instructions(
    machine: str, instructions: str, overflows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu.platform, "machine", lambda: machine)
    monkeypatch.setattr(cpu, "cpu", lambda: {"cpu": "x", "instructions": instructions})
    assert cpu.sums_in_16_bits() == overflows
