#!/usr/bin/env python3
"""Makes augment.txt: pictures changed at random, by a Philox written from its paper and SciPy's affine_transform,
which Keras' ImageDataGenerator uses too, in float64.

Usage: make-augment-table.py FOLDER. Needs: pip install scipy numpy
"""
import os
import platform
import sys

import numpy as np
import scipy
from scipy.ndimage import affine_transform

rng = np.random.default_rng(4)
LINES = [
    f"# Philox4x32-10 from its paper and SciPy {scipy.__version__}: ndimage.affine_transform, order 1, mode nearest, float64.",
    f"# Made by java/contract/golden/make-augment-table.py with Python {platform.python_version()}.",
]
WORD = 0xFFFFFFFF


def philox(counter, key):
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [second >> 32 ^ counter[1] ^ key[0], second & WORD, first >> 32 ^ counter[3] ^ key[1], first & WORD]
        key = [(key[0] + 0x9E3779B9) & WORD, (key[1] + 0xBB67AE85) & WORD]
    return counter


assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([WORD] * 4, [WORD] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def single(value):
    return float(np.float32(value))


def changed(picture, ranges, low, high, row, step, stream, seed):
    """A picture of height x width x channels."""
    rotation, shift, zoom, crop, flip, brightness, contrast = ranges
    key = [seed & WORD, seed >> 32 & WORD]
    words = [philox([row, block, step & WORD, stream & WORD], key) for block in range(3)]
    u = [[(word >> 8) / 2**24 for word in block] for block in words]
    s = [[2 * x - 1 for x in block] for block in u]
    height, width, channels = picture.shape
    angle = np.radians(single(rotation) * s[0][0])
    side = np.sqrt(single(crop) + (1 - single(crop)) * u[2][0])
    # As homogeneous matrices over (row, column), from the right: to the middle, crop and zoom, shift, turn, back.
    middle = np.array([[1, 0, (height - 1) / 2], [0, 1, (width - 1) / 2], [0, 0, 1]])
    scale = np.diag([side * (1 + single(zoom) * s[1][1]), side * (1 + single(zoom) * s[1][0]), 1])
    move = np.array([
        [1, 0, single(shift) * height * s[0][2] + (1 - side) / 2 * height * s[2][2]],
        [0, 1, single(shift) * width * s[0][1] + (1 - side) / 2 * width * s[2][1]],
        [0, 0, 1]])
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    matrix = middle @ turn @ move @ scale @ np.linalg.inv(middle)
    moved = np.stack([affine_transform(picture[..., c], matrix[:2, :2], matrix[:2, 2], order=1, mode="nearest")
                      for c in range(channels)], axis=-1)
    if flip and u[0][3] < 0.5:
        moved = moved[:, ::-1]
    if brightness > 0 or contrast > 0:
        mean = moved.mean()
        contrasted = mean + (1 + single(contrast) * s[1][3]) * (moved - mean)
        moved = np.clip(low + (1 + single(brightness) * s[1][2]) * (contrasted - low), low, high)
    return moved


def case(name, size, ranges, step=0, stream=1, seed=1, low=0.0, high=1.0):
    batch, height, width, channels = size
    x = low + (high - low) * rng.integers(0, 65, size) / 64
    out = np.stack([changed(x[i], ranges, low, high, i, step, stream, seed) for i in range(batch)])
    values = height * width * channels
    settings = ",".join(str(r).lower() if isinstance(r, bool) else f"{r:g}" for r in ranges)
    LINES.extend([
        "",
        f"case augment {name}",
        f"operation Augment height={height} width={width} augmentation={settings} low={low:g} high={high:g} "
        f"stream={stream} seed={seed}",
        f"tensor x F32 {batch} {values} " + " ".join(f"{v:g}" for v in x.ravel()),
        f"tensor state I32 1 4 0 0 {step} 0",
        f"tensor out F32 {batch} {values}",
        "expect out " + " ".join(f"{v:.8g}" for v in out.ravel())])


#             rotation, shift, zoom, crop, flip, brightness, contrast
case("course", (3, 9, 8, 1), (5, 0, 0, 0.9, True, 0.2, 0.5))
case("course-keras", (3, 8, 9, 1), (10, 0.1, 0.1, 1, True, 0, 0), step=7)
case("nothing", (1, 3, 4, 2), (0, 0, 0, 1, False, 0, 0))
case("rotation", (2, 7, 5, 1), (180, 0, 0, 1, False, 0, 0), stream=-5, seed=9223372036854775807)
case("shift", (2, 5, 7, 1), (0, 0.5, 0, 1, False, 0, 0), step=2147483647)
case("zoom", (2, 7, 5, 1), (0, 0, 0.75, 1, False, 0, 0), seed=-9223372036854775808)
case("crop", (2, 5, 7, 1), (0, 0, 0, 0.25, False, 0, 0))
case("flip", (4, 2, 5, 3), (0, 0, 0, 1, True, 0, 0))
case("brightness", (2, 4, 4, 1), (0, 0, 0, 1, False, 1, 0))
case("contrast", (2, 4, 3, 3), (0, 0, 0, 1, False, 0, 1), low=-1, high=2)
case("all of a colour picture", (3, 5, 4, 3), (90, 0.25, 0.5, 0.5, True, 0.5, 0.75), step=100000, low=-0.5, high=1.5)
case("one pixel", (2, 1, 1, 1), (180, 0.5, 0.5, 0.5, True, 0.5, 0.5))
with open(os.path.join(sys.argv[1], "augment.txt"), "w", encoding="ascii") as file:
    file.write("\n".join(LINES) + "\n")
