"""A camera's image as a network that drives is shown it."""

import cv2
import numpy as np
from numpy.typing import NDArray


def road(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB -> (3, height, width) uint8 RGB.

    The lower half of the image is taken, where the road is, and resized without keeping its shape:
    JdeRobot's study takes rows 240 to 480 of 480 and resizes them by OpenCV's bilinear default. An
    image that has the network's size is taken as it is: it was prepared before.
    """
    seen = image
    if image.shape[:2] != (height, width):
        lower = image[image.shape[0] // 2 :]
        resized = cv2.resize(lower, (width, height), interpolation=cv2.INTER_LINEAR)
        seen = np.asarray(resized, np.uint8)
    return np.ascontiguousarray(seen.transpose(2, 0, 1))
