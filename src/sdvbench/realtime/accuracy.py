"""sAP and RTIA: the accuracy of what an engine behind a camera knows in time.

The world of a sequence moves at one speed whatever the camera's rate: its frame k shows the world
at k / rate_hz seconds, and a camera frame shows the newest frame of the sequence whose time has
come (the nearest one may be ahead of its time). So a camera that is faster than the sequence shows
frames twice, and a slower one leaves some out.

With an engine that keeps up, a faster camera makes results fresher, and sAP rises with the rate.
Under "drop-oldest" an engine that does not keep up is about as late as its calls are long, whatever
the rate; under "queue" it falls behind ever further, and sAP falls as the rate rises. Under both
sAP falls as calls get longer. RTIA falls as the rate rises beyond what the engine keeps up with.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from sdvbench.errors import MeasurementError
from sdvbench.realtime.record import Record
from sdvbench.realtime.stream import Stream
from sdvbench.tasks.base import Scored
from sdvbench.tasks.streaming import NONE, Results

ROUNDING = 1e-9  # of products of times and rates that should be whole
# Of frames that the bootstrap draws together: a second, but no more than a tenth of all, since a
# few blocks would hardly differ.
BLOCK_S, BLOCK_SHARE = 1.0, 0.1


@dataclass(frozen=True, eq=False)
class Offline:
    """What an engine puts out for each frame of a sequence, given all the time it takes.

    rate_hz: of the sequence.
    """

    results: Results
    rate_hz: float

    def __len__(self) -> int:
        return len(self.results)

    @cached_property
    def scored(self) -> Scored:
        """Every frame with its own result."""
        every = np.arange(len(self))
        return self.results.score(every, every)


def camera_frames(offline: Offline, rate_hz: float) -> int:
    """How many frames a camera of this rate shows while the sequence lasts."""
    return int((len(offline) - 1) * rate_hz / offline.rate_hz + ROUNDING) + 1


def sap(offline: Offline, stream: Stream) -> Scored:
    """Streaming accuracy: every frame of the sequence is scored, at its time, with the newest
    result that is finished by then; before the first result, with nothing.

    Source: Li, Wang and Ramanan, "Towards streaming perception", ECCV 2020.
    Raises MeasurementError where the stream is longer than the sequence.
    """
    showing = _showing(offline, stream)
    times_s = np.arange(len(offline)) / offline.rate_hz
    processed = np.flatnonzero(~stream.dropped)  # in the order in which they finish
    newest = np.searchsorted(stream.finishes_s[processed], times_s, "right") - 1
    shown = np.where(newest >= 0, showing[processed[newest]], NONE)
    return offline.results.score(np.arange(len(offline)), shown)


def rtia(offline: Offline, stream: Stream) -> Scored:
    """Real-time inference accuracy: every frame of the camera is scored with its own result, and
    with nothing where that misses its deadline.

    The paper names this figure and leaves it undefined; the definition is this project's.
    Raises MeasurementError where the stream is longer than the sequence.
    """
    showing = _showing(offline, stream)
    return offline.results.score(showing, np.where(stream.missed, NONE, showing))


def scored(record: Record, offline: Offline, stream: Stream) -> Record:
    """``record`` of ``stream`` with sAP, RTIA and their intervals at 95 %, and the score of results
    in no hurry: the value of the task's score, all three.
    """
    streaming, real_time = sap(offline, stream), rtia(offline, stream)
    return replace(
        record,
        sap=streaming.value,
        sap_interval=interval(streaming, offline, offline.rate_hz),
        rtia=real_time.value,
        rtia_interval=interval(real_time, offline, stream.rate_hz),
        offline_map=offline.scored.value,
    )


def interval(scored: Scored, offline: Offline, rate_hz: float) -> tuple[float, float]:
    """At 95 %, of ``scored.value``, over blocks of frames that come at ``rate_hz``; of few frames,
    or of a short drive past the same things, it is too narrow.
    """
    block = round(min(BLOCK_S * rate_hz, BLOCK_SHARE * scored.images))
    return offline.results.interval(scored, max(block, 1))


def _showing(offline: Offline, stream: Stream) -> NDArray[np.int64]:
    """(frames of the camera,): the frame of the sequence that each shows."""
    showing = (stream.arrivals_s * offline.rate_hz + ROUNDING).astype(np.int64)
    if showing[-1] >= len(offline):
        raise MeasurementError(
            f"stream of {stream.frames} frames at {stream.rate_hz:g} Hz",
            f"is longer than the sequence, {len(offline)} frames at {offline.rate_hz:g} Hz",
            f"Film {camera_frames(offline, stream.rate_hz)}, or take a longer sequence",
        )
    return showing
