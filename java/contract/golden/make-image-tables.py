#!/usr/bin/env python3
"""Makes images.txt: convolution, pooling and batch normalisation as PyTorch does them, in float64.

Usage: make-image-tables.py FOLDER. Needs: pip install torch numpy
"""
import os
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(16)
LINES = [
    f"# PyTorch {torch.__version__} on the processor, float64: torch.nn.functional, derivatives by autograd.",
    f"# Made by java/contract/golden/make-image-tables.py with Python {platform.python_version()}.",
]
WINDOWS = [
    (5, 4, 3, 3, 1, "SAME"), (5, 4, 3, 3, 1, "VALID"), (5, 4, 3, 2, 2, "SAME"), (7, 5, 2, 2, 2, "SAME"), (7, 5, 5, 3, 2, "VALID"),
    (1, 1, 3, 3, 1, "SAME"), (4, 6, 1, 1, 3, "SAME"), (6, 6, 2, 2, 2, "VALID"),
]


def numbers(*shape):
    """Numbers of few digits, so that float32 has them exactly."""
    return torch.tensor(rng.integers(-64, 65, shape) / 32, dtype=torch.float64)


def case(name, operation, settings, tensors, expected):
    LINES.extend(["", "case " + name, " ".join(["operation", operation] + [f"{k}={v}" for k, v in settings.items()])])
    for key, value in tensors.items():
        if isinstance(value, tuple):
            LINES.append("tensor {} {} {} {}".format(key, *value))
        else:
            array = np.asarray(value)
            kind = "I32" if array.dtype.kind == "i" else "F32"
            text = " ".join(str(np.float32(v)) if kind == "F32" else str(v) for v in array.ravel())
            LINES.append(f"tensor {key} {kind} {array.shape[0]} {array.shape[1]} {text}")
    for key, value in expected.items():
        array = np.asarray(value).ravel()
        LINES.append(f"expect {key} " + " ".join(f"{v:.10g}" if array.dtype.kind == "f" else str(v) for v in array))


def matrix(images):
    """B x C x H x W as rows of channels."""
    return images.detach().permute(0, 2, 3, 1).reshape(-1, images.shape[1]).numpy()


def padding(size, kernel, stride, kind):
    if kind == "VALID":
        return 0, 0
    reach = max(0, (-(-size // stride) - 1) * stride + kernel - size)
    return reach // 2, reach - reach // 2


def padded(x, window, value=0.0):
    h, w, kh, kw, stride, kind = window
    top, bottom = padding(h, kh, stride, kind)
    left, right = padding(w, kw, stride, kind)
    return F.pad(x, (left, right, top, bottom), value=value)


def of_window(window):
    h, w, kh, kw, stride, kind = window
    settings = {"window": ",".join(map(str, window))}
    label = f"{h} x {w}, kernel {kh} x {kw}, stride {stride}, {kind.lower()}"
    batch, channels, filters = 2, 3, 2
    x = numbers(batch, channels, h, w).requires_grad_()
    weights = numbers(filters, channels, kh, kw).requires_grad_()
    out = F.conv2d(padded(x, window), weights, stride=stride)
    d = numbers(*out.shape)
    dx, dw = torch.autograd.grad(out, (x, weights), d)

    def kernel(w4):
        return w4.detach().permute(2, 3, 1, 0).reshape(-1, filters).numpy()

    rows, places, taps = matrix(x).shape[0], matrix(out).shape[0], kh * kw
    case(f"convolution {label}", "Conv2d", settings, {"x": matrix(x), "w": kernel(weights), "out": ("F32", places, filters)}, {"out": matrix(out)})
    case(f"convolution by input {label}", "Conv2dBackwardInput", settings,
         {"dOut": matrix(d), "w": kernel(weights), "dX": ("F32", rows, channels)}, {"dX": matrix(dx)})
    case(f"convolution by weights {label}", "Conv2dBackwardWeights", settings,
         {"x": matrix(x), "dOut": matrix(d), "dW": ("F32", taps * channels, filters)}, {"dW": kernel(dw)})
    # torch.nn.functional.unfold has channels before taps.
    columns = F.unfold(padded(x, window), (kh, kw), stride=stride)
    unfolded = columns.detach().reshape(batch, channels, taps, -1).permute(0, 3, 2, 1).reshape(places, taps * channels)
    case(f"unfold {label}", "Unfold", settings, {"x": matrix(x), "out": ("F32", places, taps * channels)}, {"out": unfolded.numpy()})
    pieces = numbers(places, taps * channels)
    back = pieces.reshape(batch, -1, taps, channels).permute(0, 3, 2, 1).reshape(batch, channels * taps, -1)
    folded, = torch.autograd.grad(columns, x, back)
    case(f"fold {label}", "Fold", settings, {"x": pieces.numpy(), "out": ("F32", rows, channels)}, {"out": matrix(folded)})

    # Few distinct values, so that the first of equal ones counts.
    few = torch.tensor(rng.integers(-2, 3, (batch, channels, h, w)), dtype=torch.float64).requires_grad_()
    wide = padded(few, window, -np.inf)
    best, index = F.max_pool2d(wide, (kh, kw), stride, return_indices=True)
    y, xx = index // wide.shape[3], index % wide.shape[3]
    first_y = torch.arange(best.shape[2]).reshape(-1, 1) * stride
    first_x = torch.arange(best.shape[3]) * stride
    tap = ((y - first_y) * kw + xx - first_x)
    taps_matrix = matrix(tap).astype(np.int32)
    d = numbers(*best.shape)
    dx, = torch.autograd.grad(best, few, d)
    case(f"max pool {label}", "MaxPool", settings,
         {"x": matrix(few), "out": ("F32", places, channels), "taps": ("I32", places, channels)}, {"out": matrix(best), "taps": taps_matrix})
    case(f"max pool backward {label}", "MaxPoolBackward", settings,
         {"dOut": matrix(d), "taps": taps_matrix, "dX": ("F32", rows, channels)}, {"dX": matrix(dx)})
    counts = F.avg_pool2d(padded(torch.ones_like(x), window), (kh, kw), stride)
    mean = F.avg_pool2d(padded(x, window), (kh, kw), stride) / counts
    dx, = torch.autograd.grad(mean, x, d)
    case(f"average pool {label}", "AveragePool", settings, {"x": matrix(x), "out": ("F32", places, channels)}, {"out": matrix(mean)})
    case(f"average pool backward {label}", "AveragePoolBackward", settings,
         {"dOut": matrix(d), "dX": ("F32", rows, channels)}, {"dX": matrix(dx)})


def normalisation(rows, columns):
    epsilon, momentum = 2.0**-10, 0.75
    x = (numbers(rows, columns) + torch.arange(columns)).requires_grad_()
    scale, shift = numbers(1, columns).requires_grad_(), numbers(1, columns).requires_grad_()
    running = numbers(1, columns), numbers(1, columns) + 3
    # PyTorch keeps the unbiased variance, so its momentum is given the batch's own.
    mean, variance = x.mean(0, keepdim=True), x.var(0, keepdim=True, unbiased=False)
    out = F.batch_norm(x, None, None, scale[0], shift[0], True, 0, epsilon)
    d = numbers(rows, columns)
    dx, d_scale, d_shift = torch.autograd.grad(out, (x, scale, shift), d)
    one, full = ("F32", 1, columns), ("F32", rows, columns)

    def single(t):
        """What float32 makes of it: both sides start from the same numbers."""
        return t.detach().to(torch.float32).to(torch.float64).numpy()

    inputs = {"x": single(x), "mean": single(mean), "variance": single(variance)}
    case(f"statistics {rows} x {columns}", "BatchStatistics", {"momentum": momentum},
         {"x": single(x), "mean": one, "variance": one, "runningMean": single(running[0]), "runningVariance": single(running[1])},
         {"mean": single(mean), "variance": single(variance), "runningMean": (momentum * running[0] + (1 - momentum) * mean).detach().numpy(),
          "runningVariance": (momentum * running[1] + (1 - momentum) * variance).detach().numpy()})
    case(f"normalise {rows} x {columns}", "Normalise", {"epsilon": epsilon},
         {**inputs, "scale": single(scale), "shift": single(shift), "out": full}, {"out": out.detach().numpy()})
    case(f"normalise by weights {rows} x {columns}", "NormaliseBackwardWeights", {"epsilon": epsilon},
         {**inputs, "dOut": single(d), "dScale": one, "dShift": one}, {"dScale": d_scale.numpy(), "dShift": d_shift.numpy()})
    case(f"normalise backward {rows} x {columns}", "NormaliseBackward", {"epsilon": epsilon},
         {**inputs, "scale": single(scale), "dScale": single(d_scale), "dShift": single(d_shift), "dOut": single(d), "dX": full},
         {"dX": dx.numpy()})


for w in WINDOWS:
    of_window(w)
# Sizes at which mean and variance have few digits, so that rounding them to float32 changes nothing.
normalisation(8, 3)
normalisation(16, 5)
with open(os.path.join(sys.argv[1], "images.txt"), "w", encoding="ascii") as file:
    file.write("\n".join(LINES) + "\n")
