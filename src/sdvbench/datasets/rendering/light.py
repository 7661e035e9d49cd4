"""Daylight and weather: what they make of a colour at a distance."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Colours are RGB, 0 to 255; factors multiply them.

    ambient: light on surfaces by channel. beam: what the camera car's headlights add near by.
    haze_per_m: extinction towards the haze's colour. rain: streaks, 0 to 1. lamps: lights are on.
    """

    name: str
    ambient: Colour
    sky_top: Colour
    sky_low: Colour
    haze: Colour
    shadow: float
    beam: float = 0.0
    haze_per_m: float = 0.002
    rain: float = 0.0
    noise: float = 3.0
    lamps: bool = False

    def shade(self, colour: Colour, distance_m: float, emits: bool = False) -> Colour:
        """The colour as the camera sees it; what emits light is not lit by others."""
        return self.shades(distance_m)(colour, emits)

    def shades(self, distance_m: float) -> Callable[[Colour, bool], Colour]:
        """``shade`` for one distance."""
        clear = exp(-distance_m * self.haze_per_m)
        beam = self.beam * exp(-distance_m / 18)
        red, green, blue = ((channel + beam) * clear for channel in self.ambient)
        haze_red, haze_green, haze_blue = (channel * (1 - clear) for channel in self.haze)

        def shaded(colour: Colour, emits: bool) -> Colour:
            r, g, b = colour
            if emits:
                return r * clear + haze_red, g * clear + haze_green, b * clear + haze_blue
            return r * red + haze_red, g * green + haze_green, b * blue + haze_blue

        return shaded


DAYLIGHTS = (
    Light("day", (1.0, 1.0, 0.97), (96, 148, 214), (196, 215, 232), (196, 212, 228), 0.55),
    Light("overcast", (0.8, 0.81, 0.83), (150, 156, 164), (198, 201, 205), (188, 192, 197), 0.25),
    Light(
        "dusk", (0.58, 0.48, 0.46), (58, 66, 108), (232, 150, 96), (150, 112, 100), 0.3,
        beam=0.15, noise=5.0, lamps=True,
    ),
    Light(
        "night", (0.15, 0.16, 0.21), (8, 10, 20), (30, 32, 46), (26, 28, 38), 0.1,
        beam=0.75, noise=8.0, lamps=True,
    ),
)  # fmt: skip


def sample_light(rng: np.random.Generator) -> Light:
    """A time of day (day most often) with clear air, rain or fog."""
    light = DAYLIGHTS[rng.choice(4, p=(0.4, 0.25, 0.15, 0.2))]
    weather = rng.choice(("clear", "rain", "fog"), p=(0.64, 0.2, 0.16))
    strength = rng.uniform(0.4, 1.0)
    if weather == "rain":
        ambient = tuple(0.82 * channel for channel in light.ambient)
        grey = _mix(light.sky_top, light.haze, 0.6)
        return replace(
            light,
            name=f"{light.name}, rain",
            ambient=(ambient[0], ambient[1], ambient[2]),
            sky_top=grey,
            sky_low=_mix(light.sky_low, light.haze, 0.6),
            shadow=light.shadow * 0.4,
            haze_per_m=0.006 + 0.006 * strength,
            rain=strength,
            lamps=True,
        )
    if weather == "fog":
        return replace(
            light,
            name=f"{light.name}, fog",
            sky_top=_mix(light.sky_top, light.haze, 0.85),
            sky_low=light.haze,
            shadow=light.shadow * 0.3,
            haze_per_m=0.012 + 0.02 * strength,
            lamps=True,
        )
    return light


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue
