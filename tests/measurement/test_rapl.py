"""Counters of energy in a made-up folder."""

import pytest

from sdvbench.measurement.rapl import RaplWatch


@pytest.fixture
def zone(tmp_path):
    """Writes a zone's files, as Linux lays them out."""

    def write(name, energy_uj, kind="package-0", most=1000):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file, text in (
            ("name", kind),
            ("energy_uj", energy_uj),
            ("max_energy_range_uj", most),
        ):
            (folder / file).write_text(f"{text}\n")

    return write


def test_packages_are_added_and_their_parts_are_not(zone, tmp_path):
    def all_at(first, second):
        zone("intel-rapl:0", first)
        zone("intel-rapl:1", second, "package-1")
        zone("intel-rapl:0:0", first // 2, "core")
        zone("intel-rapl:2", 5 * first, "psys", most=10_000)
        zone("intel-rapl-mmio:0", first)

    all_at(100, 200)
    watch = RaplWatch(tmp_path)
    all_at(350, 250)
    assert watch.energy_j() == pytest.approx(300e-6)


def test_a_counter_that_starts_anew(zone, tmp_path):
    zone("intel-rapl:0", 900)
    watch = RaplWatch(tmp_path)
    zone("intel-rapl:0", 50)
    assert watch.energy_j() == pytest.approx(150e-6)


def test_nothing_is_told_where_there_is_nothing_to_read(zone, tmp_path):
    assert RaplWatch(tmp_path / "none").energy_j() is None
    zone("intel-rapl:0", "")  # what a read by others than root gives is an error; here, no number
    assert RaplWatch(tmp_path).energy_j() is None
    zone("intel-rapl:0", 1)
    watch = RaplWatch(tmp_path)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    assert watch.energy_j() is None
