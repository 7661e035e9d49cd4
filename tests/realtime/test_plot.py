"""The picture of scores over rates."""

import cv2
import pytest
from msgspec.structs import replace

from sdvbench.errors import OptionError
from sdvbench.realtime.camera import replay
from sdvbench.realtime.plot import draw
from sdvbench.realtime.record import Record, deadlines

FILMED = deadlines("cell", 320, replay([0.15], 10.0, 30, "queue"), "")


def record(cell: str, rate_hz: float, policy: str = "queue") -> Record:
    return replace(
        FILMED,
        cell=cell,
        rate_hz=rate_hz,
        policy=policy,
        sap=1 / rate_hz,
        sap_interval=(0.5 / rate_hz, 0.9 / rate_hz),
        rtia=2 / rate_hz,
        rtia_interval=(1 / rate_hz, 3 / rate_hz),
        offline_map=0.4,
        truth="exact",
    )


@pytest.mark.parametrize("policies", [("queue",), ("drop-oldest", "queue")])
def test_a_line_a_cell_a_row_a_policy(tmp_path, policies) -> None:
    cells = ("a-b-c-d-b1", "e-f-g-h-b1")
    records = [record(c, r, p) for p in policies for c in cells for r in (30.0, 10.0)]
    file = tmp_path / "new" / "sap.png"
    draw([*records, FILMED], file)
    image = cv2.imread(str(file))
    assert image.std() > 10
    # Okabe and Ito's blue and vermilion are in it (BGR).
    for colour in ((0xB2, 0x72, 0x00), (0x00, 0x5E, 0xD5)):
        assert (abs(image.astype(int) - colour).max(axis=2) < 4).sum() > 100


def test_nothing_to_draw(tmp_path) -> None:
    with pytest.raises(OptionError, match="no record with sAP"):
        draw([FILMED], tmp_path / "x.png")
