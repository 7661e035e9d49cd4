"""MetaDrive, set up to render on a CPU without a screen, and its camera."""

import logging
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

AHEAD_M, HEIGHT_M = 0.8, 1.5  # of the camera, from the car's place
LOOKS_AT_M = (8.0, 0.8)  # ahead and above
FIELD_OF_VIEW_DEG = 70.0  # from left to right
LINE_WIDTH_M = 0.15
MESA = Path("/usr/share/glvnd/egl_vendor.d/50_mesa.json")
AMBIENT = (0.18, 0.2, 0.2)  # MetaDrive's own


def prepare() -> None:
    """What has to be said to Panda3D and MetaDrive before there is an environment.

    Mesa's software renderer draws, also where there is a GPU, which is left to what is measured. It
    has no multisampling of floating-point buffers, without which MetaDrive does not start. Shadows
    are left out: they would draw everything twice.
    """
    os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
    if MESA.exists():
        os.environ.setdefault("__EGL_VENDOR_LIBRARY_FILENAMES", str(MESA))
    from panda3d.core import loadPrcFileData

    logging.disable(logging.WARNING)  # MetaDrive warns of each image, which would hide errors
    loadPrcFileData("", "load-display p3headlessgl\naux-display\nnotify-level-device fatal")
    loadPrcFileData("", "print-pipe-types 0\nsync-video 0")
    from metadrive.constants import DrivableAreaProperty
    from metadrive.engine.core import engine_core, light, our_pbr

    assert engine_core  # its class body asks for multisampling: take that back after it
    loadPrcFileData("", "framebuffer-multisample 0\nmultisamples 0")
    DrivableAreaProperty.LANE_LINE_WIDTH = LINE_WIDTH_M
    pipeline, plain_light = our_pbr.OurPipeline.__init__, light.Light.__init__

    def without_multisampling(self: Any, **options: Any) -> None:
        pipeline(self, **{**options, "msaa_samples": 0})

    def without_shadows(self: Any, config: Any) -> None:
        plain_light(self, config)
        self.direction_np.node().setShadowCaster(False)

    our_pbr.OurPipeline.__init__ = without_multisampling
    light.Light.__init__ = without_shadows


def environment(
    blocks: list[dict[str, Any]], lane_width_m: float, size: tuple[int, int], tick_s: float
) -> Any:
    """A MetaDriveEnv with one car and no traffic on the road that ``blocks`` lay out.

    size: of the images, width first.
    """
    from metadrive import MetaDriveEnv

    road = {"type": "pg_map_file", "config": blocks, "lane_num": 1, "lane_width": lane_width_m}
    car = {
        "vehicle_model": "static_default",
        "image_source": "rgb_camera",
        "rgb_camera": size,
        "stack_size": 1,
        "show_navi_mark": False,
        "lidar": {"num_lasers": 0},
    }
    return MetaDriveEnv(
        {
            "image_observation": True,
            "rgb_clip": False,
            "traffic_density": 0.0,
            "start_seed": 0,
            "environment_num": 1,
            "map_config": {**road, "exit_length": 50},
            "random_spawn_lane_index": False,
            "vehicle_config": car,
            "show_interface": False,
            "show_fps": False,
            "show_logo": False,
            "global_light": False,
            "multi_thread_render": False,
            "physics_world_step_size": tick_s,
            "disable_model_compression": True,
            "force_destroy": True,  # nothing of the last run is used again
        }
    )


class Camera:
    """The car's camera, made anew at each reset. size: of the images, width first."""

    def __init__(self, env: Any, size: tuple[int, int]) -> None:
        from panda3d.core import TexturePool

        self._engine, self._car = env.engine, env.vehicle
        camera = self._car.image_sensors["rgb_camera"]
        camera.track(self._car)
        lens = camera.get_lens()
        lens.setFov(FIELD_OF_VIEW_DEG)
        lens.setAspectRatio(size[0] / size[1])  # keeps the angle from left to right
        camera.get_cam().setPos(0, AHEAD_M, HEIGHT_M)
        camera.get_cam().lookAt(0, *LOOKS_AT_M)
        self._buffer = type(camera)._singleton.buffer  # all cars share one camera
        for texture in TexturePool.findAllTextures():
            texture.setAnisotropicDegree(1)  # which would be most of the work on a CPU
        for window in self._engine.graphicsEngine.getWindows():
            if (window.getXSize(), window.getYSize()) == (1, 1):  # the view of MetaDrive's window
                window.setActive(False)

    def light(self, gain: list[float], sun_rad: float, sky_rad: float) -> None:
        """gain: of red, green and blue, around 1. sun_rad, sky_rad: directions, to the left."""
        light = self._engine.world_light
        light.direction_np.node().setColor((*gain, 1))
        ambient = (value * share for value, share in zip(AMBIENT, gain, strict=True))
        light.ambient_np.node().setColor((*ambient, 1))
        light.direction_np.setPos(0, 0, 0)
        light.direction_np.lookAt(math.cos(sun_rad), math.sin(sun_rad), -0.85)
        self._engine.sky_box.origin.setH(math.degrees(sky_rad))

    def image(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB of now."""
        self._engine.graphicsEngine.renderFrame()
        shot = self._buffer.getDisplayRegion(1).getScreenshot()
        pixels = np.frombuffer(shot.getRamImage().getData(), np.uint8)
        pixels = pixels.reshape(shot.getYSize(), shot.getXSize(), -1)
        return np.ascontiguousarray(pixels[::-1, :, 2::-1])  # from BGRA, the lowest row first
