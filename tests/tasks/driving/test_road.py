"""What a network that drives sees of a camera's image."""

import cv2
import numpy as np

from sdvbench.tasks.driving.road import road

RANDOM = np.random.default_rng(0)


def test_the_lower_half_is_resized_as_the_study_does_it():
    image = RANDOM.integers(0, 256, (480, 640, 3), np.uint8)
    wanted = cv2.resize(image[240:480, 0:640], (200, 66))
    seen = road(image, 66, 200)
    assert seen.shape == (3, 66, 200)
    assert seen.dtype == np.uint8
    assert np.array_equal(seen, wanted.transpose(2, 0, 1))
    image[:240] = 0  # the sky
    assert np.array_equal(road(image, 66, 200), seen)


def test_an_image_of_the_network_s_size_is_taken_as_it_is():
    image = RANDOM.integers(0, 256, (66, 200, 3), np.uint8)
    assert np.array_equal(road(image, 66, 200), image.transpose(2, 0, 1))


def test_the_smallest_images_are_enlarged():
    assert (road(np.full((1, 1, 3), 255, np.uint8), 66, 200) == 255).all()
