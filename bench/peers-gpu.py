#!/usr/bin/env python3
"""Times an epoch of MNIST on a GPU with PyTorch (eager, compiled, as a CUDA graph) and with JAX.

The work is that of `descent train mnist`: 784-512-512-10 with ReLU, Adam 0.001, float32; the images lie
on the device as bytes, a batch is gathered there through a permutation, and the last short batch is
left out. Each side runs some epochs, of which the first is for warming up; what counts is the median
of the others. The loss of the last epoch shows that each side learns.

  peers-gpu.py [--data DIR] [--batches 32,128,1024] [--epochs 3] [--precisions fp32,tf32,bf16]
               [--sides eager,graph,jax,compiled] [--log FILE] [--any-device]
  peers-gpu.py --products [--batch 32,128] [--square 1024] [--seconds 1] [--precisions fp32,tf32,bf16] [--log FILE]

The second form times the products of `descent bench matmul` by PyTorch, which calls cuBLAS, as replays of a
CUDA graph, so that launches do not count. In bf16 its operands and its result lie in that form, Descent's in float32.

Without --data the images are noise: the times are the same, the losses mean nothing. --log writes a
JSON object a line. Exit status: 0 done, 1 a side failed, 77 nothing to run on.
"""

import argparse
import gzip
import importlib.util
import json
import os
import statistics
import struct
import sys
import time

FEATURES, HIDDEN, CLASSES, ROWS, RATE = 784, 512, 10, 60_000, 1e-3
NOTHING_TO_RUN_ON = 77


def read_idx(path):
    """The numbers of an IDX file of bytes, and its dimensions."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    sizes = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return content[4 + 4 * dimensions :], sizes


def load(folder):
    """Images as bytes, labels as bytes, and the number of rows."""
    if folder:
        base = os.path.join(folder, "mnist", "train-")
        images, sizes = read_idx(base + "images-idx3-ubyte.gz")
        labels, _ = read_idx(base + "labels-idx1-ubyte.gz")
        return images, labels, sizes[0]
    return os.urandom(ROWS * FEATURES), bytes(b % CLASSES for b in os.urandom(ROWS)), ROWS


def products(batches, squares):
    """The products that `descent bench matmul` times: m, k, n, whether a and b lie transposed."""
    result = []
    for batch in batches:
        for i, (fan_in, fan_out) in enumerate([(FEATURES, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, CLASSES)]):
            result.append((batch, fan_in, fan_out, False, False))
            result.append((fan_in, batch, fan_out, True, False))
            if i > 0:
                result.append((batch, fan_out, fan_in, False, True))
    for n in squares:
        result += [(n, n, n, False, False), (n, n, n, True, False), (n, n, n, False, True)]
    return result + [(129, 131, 127, False, False)]


def time_product(product, seconds, device, precision):
    """The median of the seconds that one product takes, of nine repeats of at least `seconds` together."""
    import torch

    m, k, n, transpose_a, transpose_b = product
    a = torch.rand((k, m) if transpose_a else (m, k), device=device) * 2 - 1
    b = torch.rand((n, k) if transpose_b else (k, n), device=device) * 2 - 1
    a, b = a.t() if transpose_a else a, b.t() if transpose_b else b
    if precision == "bf16":
        a, b = a.bfloat16(), b.bfloat16()
    out = torch.empty((m, n), device=device, dtype=a.dtype)
    many = 1 if 2 * m * k * n > 1e10 else 100

    def multiply():
        for _ in range(many):
            torch.mm(a, b, out=out)

    replay, synchronize = multiply, lambda: None
    if device == "cuda":
        synchronize = torch.cuda.synchronize
        # What is loaded at the first call must not be captured.
        multiply()
        synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            multiply()
        replay = graph.replay

    def timed(times):
        synchronize()
        start = time.perf_counter()
        for _ in range(times):
            replay()
        synchronize()
        return (time.perf_counter() - start) / times

    timed(1)
    times = max(1, int(seconds / 9 / max(timed(1), 1e-9)))
    timed(times)
    return statistics.median(timed(times) for _ in range(9)) / many


def time_products(options, device, log):
    """Prints and logs the rate of each product in each precision."""
    import torch

    library = f"PyTorch {torch.__version__} with CUDA {torch.version.cuda}"
    print(library)
    print(f"{'m':>5} {'k':>5} {'n':>5} layout precision {'GFLOP/s':>10}")
    for precision in options.precisions.split(","):
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        for product in products(numbers(options.batch), numbers(options.square)):
            m, k, n, transpose_a, transpose_b = product
            seconds = time_product(product, options.seconds, device, precision)
            rate = 2 * m * k * n / seconds / 1e9
            layout = ("t" if transpose_a else "n") + ("t" if transpose_b else "n")
            print(f"{m:5d} {k:5d} {n:5d} {layout:6} {precision:9} {rate:10.1f}", flush=True)
            write(log, {
                "event": "library", "library": library, "precision": precision, "m": m, "k": k, "n": n,
                "transposeA": transpose_a, "transposeB": transpose_b, "seconds": seconds, "gflops": rate})
    return 0


def numbers(text):
    return [int(number) for number in text.split(",")]


def write(log, record):
    """Adds a record, in the form of Descent's own logs, to a file that may be None."""
    if log:
        log.write(json.dumps(record, separators=(",", ":")) + "\n")
        log.flush()


class Torch:
    """One of PyTorch's ways to run the same step."""

    def __init__(self, way, precision, batch, data, device):
        import torch

        self.torch, self.way, self.batch, self.device = torch, way, batch, device
        torch.manual_seed(1)
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        self.bf16 = precision == "bf16"
        images, labels, self.rows = data
        to = {"device": device}
        self.images = torch.frombuffer(bytearray(images), dtype=torch.uint8).view(-1, FEATURES).to(**to)
        self.labels = torch.frombuffer(bytearray(labels), dtype=torch.uint8).long().to(**to)
        self.model = torch.nn.Sequential(
            torch.nn.Linear(FEATURES, HIDDEN), torch.nn.ReLU(),
            torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(),
            torch.nn.Linear(HIDDEN, CLASSES)).to(device)
        graph = way == "graph"
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=RATE, fused=device == "cuda", capturable=graph)
        self.order = torch.arange(batch, **to)
        self.total = torch.zeros((), **to)
        if way == "compiled":
            # What was compiled for another batch would count: the next one would be compiled for any size, and
            # after some not at all.
            torch._dynamo.reset()
        self.run = torch.compile(self.step, dynamic=False) if way == "compiled" else self.step
        if graph:
            self.capture()

    def step(self):
        x = self.images[self.order].float() / 255
        with self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.bf16):
            scores = self.model(x)
        loss = self.torch.nn.functional.cross_entropy(scores.float(), self.labels[self.order])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.total += loss.detach()

    def capture(self):
        stream = self.torch.cuda.Stream()
        stream.wait_stream(self.torch.cuda.current_stream())
        with self.torch.cuda.stream(stream):
            for _ in range(3):
                self.step()
        self.torch.cuda.current_stream().wait_stream(stream)
        graph = self.torch.cuda.CUDAGraph()
        with self.torch.cuda.graph(graph):
            self.step()
        self.run = graph.replay

    def synchronize(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def epoch(self):
        """Seconds and mean loss of an epoch."""
        self.total.zero_()
        steps = self.rows // self.batch
        self.synchronize()
        start = time.perf_counter()
        order = self.torch.randperm(self.rows, device=self.device)
        for i in range(steps):
            self.order.copy_(order[i * self.batch : (i + 1) * self.batch])
            self.run()
        self.synchronize()
        return time.perf_counter() - start, self.total.item() / steps

    @staticmethod
    def describe(device):
        import torch

        name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
        return f"PyTorch {torch.__version__} on {name}"


class Jax:
    """JAX: an epoch is one compiled scan."""

    def __init__(self, way, precision, batch, data, device):
        import jax
        import jax.numpy as jnp

        del way, device
        self.jax, self.jnp = jax, jnp
        jax.config.update(
            "jax_default_matmul_precision",
            {"tf32": "tensorfloat32", "bf16": "bfloat16"}.get(precision, "highest"))
        images, labels, self.rows = data
        self.images = jnp.frombuffer(images, dtype=jnp.uint8).reshape(-1, FEATURES)
        self.labels = jnp.frombuffer(labels, dtype=jnp.uint8).astype(jnp.int32)
        self.key = jax.random.key(1)
        sizes = [FEATURES, HIDDEN, HIDDEN, CLASSES]
        self.parameters = []
        for fan_in, fan_out in zip(sizes, sizes[1:]):
            self.key, key = jax.random.split(self.key)
            bound = (6 / fan_in) ** 0.5
            self.parameters.append(
                (jax.random.uniform(key, (fan_in, fan_out), minval=-bound, maxval=bound),
                 jnp.zeros(fan_out)))
        zeros = jax.tree.map(jnp.zeros_like, self.parameters)
        self.state = (self.parameters, zeros, zeros, jnp.zeros((), jnp.int32))
        # The images are arguments, not constants of the compiled program.
        self.run = jax.jit(self.scan, static_argnums=(4,))
        self.batch = batch

    def loss(self, parameters, x, y):
        for i, (weight, bias) in enumerate(parameters):
            x = x @ weight + bias
            if i + 1 < len(parameters):
                x = self.jnp.maximum(x, 0)
        logs = self.jax.nn.log_softmax(x)
        return -self.jnp.take_along_axis(logs, y[:, None], axis=1).mean()

    def scan(self, state, images, labels, key, batch):
        jax, jnp = self.jax, self.jnp
        steps = self.rows // batch
        order = jax.random.permutation(key, self.rows)[: steps * batch].reshape(steps, batch)

        def step(state, rows):
            parameters, first, second, count = state
            x = images[rows].astype(jnp.float32) / 255
            loss, slopes = jax.value_and_grad(self.loss)(parameters, x, labels[rows])
            count = count + 1
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
            scale = jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
            parameters = jax.tree.map(
                lambda p, m, v: p - RATE * scale * m / (jnp.sqrt(v) + 1e-8), parameters, first, second)
            return (parameters, first, second, count), loss

        state, losses = jax.lax.scan(step, state, order)
        return state, losses.mean()

    def epoch(self):
        self.key, key = self.jax.random.split(self.key)
        start = time.perf_counter()
        self.state, loss = self.run(self.state, self.images, self.labels, key, self.batch)
        loss = float(loss.block_until_ready())
        return time.perf_counter() - start, loss

    @staticmethod
    def describe(device):
        import jax

        del device
        return f"JAX {jax.__version__} on {jax.devices()[0].device_kind}"


def has_gpu(module):
    if importlib.util.find_spec(module) is None:
        return False
    try:
        if module == "torch":
            import torch

            return torch.cuda.is_available()
        import jax

        return jax.default_backend() == "gpu"
    except Exception as e:  # a driver that does not fit says so in many ways
        print(f"{module}: {e}", file=sys.stderr)
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="the folder with mnist/train-images-idx3-ubyte.gz")
    parser.add_argument("--batches", default="32,128,1024")
    parser.add_argument("--epochs", type=int, default=3, help="measured ones, after one to warm up")
    parser.add_argument("--precisions", default="fp32,tf32,bf16")
    # The one that compiles longest is last, should time run out.
    parser.add_argument("--sides", default="eager,graph,jax,compiled")
    parser.add_argument("--products", action="store_true", help="matrix products instead of epochs")
    parser.add_argument("--batch", default="32,128,512", help="batch sizes of the products")
    parser.add_argument("--square", default="1024", help="sizes of square products")
    parser.add_argument("--seconds", type=float, default=1, help="how long to time each product")
    parser.add_argument("--log")
    parser.add_argument("--any-device", action="store_true", help="also without a GPU, to try it out")
    options = parser.parse_args()

    there = {m: has_gpu(m) or (options.any_device and importlib.util.find_spec(m) is not None)
             for m in ("torch", "jax")}
    if not any(there.values()):
        print("neither PyTorch nor JAX with a GPU: nothing to compare with")
        return NOTHING_TO_RUN_ON
    device = "cuda" if has_gpu("torch") else "cpu"
    log = open(options.log, "w", encoding="utf-8") if options.log else None
    if options.products:
        if there["torch"]:
            return time_products(options, device, log)
        print("no PyTorch with a GPU: no cuBLAS to compare with")
        return NOTHING_TO_RUN_ON
    data = load(options.data)
    failed = 0
    print(f"{'side':10} {'precision':9} {'batch':>5} {'ms an epoch':>12} {'fastest':>9} {'loss':>8}")
    # The way is the outermost loop, the dearest one last: where time runs out, whole ways are missing and those that
    # are there can be compared.
    for way in options.sides.split(","):
        for batch in numbers(options.batches):
            for precision in options.precisions.split(","):
                if not there["jax" if way == "jax" else "torch"]:
                    continue
                kind = Jax if way == "jax" else Torch
                try:
                    side = kind(way, precision, batch, data, device)
                    side.epoch()
                    epochs = [side.epoch() for _ in range(options.epochs)]
                except Exception as e:  # the others still run
                    first = (str(e).splitlines() or [""])[0]
                    print(f"{way:10} {precision:9} {batch:5d} failed: {type(e).__name__}: {first}")
                    failed = 1
                    continue
                seconds = [s for s, _ in epochs]
                median, loss = statistics.median(seconds), epochs[-1][1]
                print(f"{way:10} {precision:9} {batch:5d} {1e3 * median:12.1f} "
                      f"{1e3 * min(seconds):9.1f} {loss:8.4f}", flush=True)
                write(log, {
                    "event": "peer", "side": way, "precision": precision, "batch": batch,
                    "product": kind.describe(device), "seconds": median, "fastest": min(seconds),
                    "slowest": max(seconds), "epochs": len(seconds), "loss": loss,
                    "data": "mnist" if options.data else "noise"})
    return failed


if __name__ == "__main__":
    sys.exit(main())
