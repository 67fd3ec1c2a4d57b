#!/usr/bin/env python3
"""Makes the golden tables: numbers of PyTorch, Keras and the ONNX operator tests in float64.

Needs: pip install torch keras jax onnx
Usage: make-tables.py FOLDER

A table is a list of cases. `operation` names a record of the engine and its settings; `tensor`
gives a tensor of the record by the name of its component, with its elements unless it is only
written; `expect` gives what a tensor holds afterwards. `gradients` and `trajectory`, in
trajectories.txt, give the gradients of all steps, repeated, and the parameters after some of them.
"""

import math
import os
import platform
import sys

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np  # noqa: E402
import jax  # noqa: E402

jax.config.update("jax_enable_x64", True)

import keras  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

LEAK = 0.01
ACTIVATIONS = ["LINEAR", "RELU", "LEAKY_RELU", "SIGMOID", "TANH", "GELU", "SOFTMAX"]
FROM_RESULT = {"SIGMOID", "TANH", "SOFTMAX"}


def number(value):
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return repr(float(value)) if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(float(value))]


def single(values):
    """What float32 makes of numbers: the inputs of both sides."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def short(value):
    """A float32 in as few digits as tell it apart."""
    return str(np.float32(value)) if math.isfinite(value) else number(value)


class Table:
    def __init__(self, *made):
        self.lines = ["# " + line for line in made]

    def case(self, name, operation, settings, tensors, expected):
        """Tensors are name -> 2-D array, or name -> (rows, columns) where only written."""
        self.lines.append("")
        self.lines.append("case " + name)
        self.lines.append(" ".join(["operation", operation] + [f"{k}={v}" for k, v in settings.items()]))
        for key, value in tensors.items():
            if isinstance(value, tuple):
                kind, rows, columns = (value[0], value[1], value[2]) if len(value) == 3 else ("F32", *value)
                self.lines.append(f"tensor {key} {kind} {rows} {columns}")
                continue
            array = np.asarray(value)
            kind = {"f": "F32", "i": "I32", "u": "U8"}[array.dtype.kind]
            text = " ".join(short(v) if kind == "F32" else number(v) for v in array.ravel())
            self.lines.append(f"tensor {key} {kind} {array.shape[0]} {array.shape[1]} {text}")
        for key, value in expected.items():
            array = np.asarray(value).ravel()
            text = " ".join(f"{v:.10g}" if array.dtype.kind == "f" else number(v) for v in array)
            text = text.replace("nan", "NaN").replace("inf", "Infinity")
            self.lines.append(f"expect {key} {text}")

    def write(self, folder, name):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write("\n".join(self.lines) + "\n")


def state(cursor=0, slot=1, step=0):
    return np.array([[cursor, slot, step, 0]], dtype=np.int32)


def slots(value=None, kind=np.float64):
    """Three slots of which the second is written."""
    return np.array([[-1], [-2 if value is None else value], [-3]], dtype=kind)


def row(values):
    return np.asarray(values, dtype=np.float64).reshape(1, -1)


SAMPLES = single([[0.5, -1.25, 3, 0.001, -0.0625], [-7, 2.5, 0.75, -0.3, 1e-6], [12, -12, 1, -1, 0.125]])
WITH_ZEROS = single([[0, -0.0, 1], [2, 0, -2]])
PRODUCTS = {
    "m": single([[1.5, -2, 0.25, 3], [0.125, 4, -1, 0.5], [-0.75, 1, 2, -3]]),
    "n": single([[2, -1], [0.5, 3], [-4, 0.25], [1, 1.5]]),
}
LABELS = np.array([[2], [0], [4]], dtype=np.int32)
CHANCES = single([[0, 1, 0.5, 0.25, 0.9], [1, 0, 0.75, 0.1, 1], [0.5, 0.5, 0, 1, 0.3]])
SCORES = single([[1, 3, 3, 0, -1], [0, 0, 0, 0, 0], [-5, -4, -3, -2, -1], [2, 1, 2, 2, 2]])
CLASSES = np.array([[1], [0], [4], [2]], dtype=np.int32)


def torch_activation(name, x):
    return {
        "LINEAR": lambda: x * 1,
        "RELU": lambda: F.relu(x),
        "LEAKY_RELU": lambda: F.leaky_relu(x, float(np.float32(LEAK))),
        "SIGMOID": lambda: torch.sigmoid(x),
        "TANH": lambda: torch.tanh(x),
        "GELU": lambda: F.gelu(x),
        "SOFTMAX": lambda: torch.softmax(x, 1),
    }[name]()


def keras_activation(name, x):
    return {
        "LINEAR": lambda: keras.activations.linear(x),
        "RELU": lambda: keras.ops.relu(x),
        "LEAKY_RELU": lambda: keras.ops.leaky_relu(x, float(np.float32(LEAK))),
        "SIGMOID": lambda: keras.ops.sigmoid(x),
        "TANH": lambda: keras.ops.tanh(x),
        "GELU": lambda: keras.ops.gelu(x, approximate=False),
        "SOFTMAX": lambda: keras.ops.softmax(x, axis=-1),
    }[name]()


class Torch:
    """PyTorch's functions, over numpy's arrays."""

    name = "pytorch"

    @staticmethod
    def value_and_slope(function, x, weights=None):
        """A function's value, and the derivative of its sum (weighted, if so) by x."""
        at = torch.tensor(x, requires_grad=True)
        value = function(at)
        (value if weights is None else value * torch.tensor(weights)).sum().backward()
        return value.detach().numpy(), at.grad.numpy()

    activation = staticmethod(torch_activation)

    @staticmethod
    def cross_entropy(z):
        return F.cross_entropy(z, torch.tensor(LABELS.ravel().astype(np.int64)), reduction="none")

    @staticmethod
    def binary(z):
        return F.binary_cross_entropy_with_logits(z, torch.tensor(CHANCES), reduction="none").mean(1)

    @staticmethod
    def squared(p):
        return F.mse_loss(p, torch.tensor(CHANCES), reduction="none").mean(1)

    @staticmethod
    def product(a, b):
        return torch.matmul(torch.tensor(a), torch.tensor(b)).numpy()

    @staticmethod
    def total(x, axis):
        return torch.sum(torch.tensor(x), axis).numpy()

    @staticmethod
    def add(x, y):
        return torch.add(torch.tensor(x), torch.tensor(y)).numpy()

    @staticmethod
    def right_classes(scores, classes):
        return int((torch.tensor(scores).argmax(1) == torch.tensor(classes.ravel())).sum())

    @staticmethod
    def right_answers(scores, targets):
        return int(((torch.tensor(scores) > 0) == (torch.tensor(targets) > 0.5)).sum())

    @staticmethod
    def take(source, order):
        return torch.index_select(torch.tensor(source), 0, torch.tensor(order.ravel().astype(np.int64))).numpy()


class Keras:
    """Keras' functions on JAX, over numpy's arrays."""

    name = "keras"

    @staticmethod
    def value_and_slope(function, x, weights=None):
        def weighted(at):
            value = function(at)
            return (value if weights is None else value * weights).sum()

        return np.asarray(function(jax.numpy.asarray(x))), np.asarray(jax.grad(weighted)(jax.numpy.asarray(x)))

    activation = staticmethod(keras_activation)

    @staticmethod
    def cross_entropy(z):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none", dtype="float64")(LABELS.ravel(), z)

    @staticmethod
    def binary(z):
        return keras.losses.BinaryCrossentropy(from_logits=True, reduction="none", dtype="float64")(CHANCES, z)

    @staticmethod
    def squared(p):
        return keras.losses.MeanSquaredError(reduction="none", dtype="float64")(CHANCES, p)

    @staticmethod
    def product(a, b):
        return np.asarray(keras.ops.matmul(a, b))

    @staticmethod
    def total(x, axis):
        return np.asarray(keras.ops.sum(x, axis))

    @staticmethod
    def add(x, y):
        return np.asarray(keras.ops.add(x, y))

    @staticmethod
    def right_classes(scores, classes):
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state(classes, scores)
        return round(float(metric.result()) * len(scores))

    @staticmethod
    def right_answers(scores, targets):
        # Keras compares the rounded targets: those of exactly 0.5 are even and round to 0.
        metric = keras.metrics.BinaryAccuracy(threshold=0.0)
        metric.update_state(np.round(targets), scores)
        return round(float(metric.result()) * scores.size)

    @staticmethod
    def take(source, order):
        return np.asarray(keras.ops.take(source, order.ravel(), axis=0))


def operators(library, table):
    def name(text):
        return f"{library.name} {text}"

    rows, columns = SAMPLES.shape
    weights = single(np.linspace(-1.5, 2, SAMPLES.size).reshape(SAMPLES.shape))
    for activation in ACTIVATIONS:
        value, slope = library.value_and_slope(lambda x: library.activation(activation, x), SAMPLES, weights)
        table.case(name(activation), "Activate", {"activation": activation}, {"x": SAMPLES, "out": SAMPLES.shape}, {"out": value})
        saved = SAMPLES
        if activation in FROM_RESULT:
            # What is saved is a float32: the derivative is taken where the result is just that.
            saved = single(value)
            if activation == "SOFTMAX":
                slope = library.value_and_slope(lambda x: library.activation(activation, x), np.log(saved), weights)[1]
                slope = slope * 1.0
            else:
                inverse = np.log(saved / (1 - saved)) if activation == "SIGMOID" else np.arctanh(saved)
                inside = np.isfinite(inverse)
                slope = library.value_and_slope(
                    lambda x: library.activation(activation, x), np.where(inside, inverse, 0), weights)[1]
                slope = np.where(inside, slope, 0)
        table.case(
            name(activation + " backward"), "ActivateBackward", {"activation": activation},
            {"saved": saved, "dOut": weights, "dX": saved.shape}, {"dX": slope})
    # At 0 Keras' leaky ReLU has the slope 1, PyTorch's and ours the leak.
    for activation in ["RELU"] if library is Keras else ["RELU", "LEAKY_RELU"]:
        ones = np.ones_like(WITH_ZEROS)
        slope = library.value_and_slope(lambda x: library.activation(activation, x), WITH_ZEROS)[1]
        table.case(
            name(activation + " backward at 0"), "ActivateBackward", {"activation": activation},
            {"saved": WITH_ZEROS, "dOut": ones, "dX": ones.shape}, {"dX": slope})
    a, b = PRODUCTS["m"], PRODUCTS["n"]
    for turned_a in (False, True):
        for turned_b in (False, True):
            table.case(
                name(f"product {turned_a} {turned_b}"), "MatMul",
                {"transposeA": str(turned_a).lower(), "transposeB": str(turned_b).lower()},
                {"a": a.T if turned_a else a, "b": b.T if turned_b else b, "out": (3, 2)}, {"out": library.product(a, b)})
    bias = row([0.5, -1, 0, 100, -0.125])
    table.case(name("bias"), "AddBias", {}, {"x": SAMPLES, "bias": bias, "out": SAMPLES.shape}, {"out": library.add(SAMPLES, bias)})
    table.case(name("sum of rows"), "SumRows", {}, {"x": SAMPLES, "out": (1, columns)}, {"out": library.total(SAMPLES, 0)})
    for operation, function, target in [
            ("SoftmaxCrossEntropy", library.cross_entropy, LABELS),
            ("BinaryCrossEntropy", library.binary, CHANCES),
            ("MeanSquaredError", library.squared, CHANCES)]:
        losses, slope = library.value_and_slope(function, SAMPLES)
        table.case(
            name(operation), operation, {},
            {"prediction": SAMPLES, "targets": target, "state": state(), "losses": slots(), "gradient": SAMPLES.shape},
            {"losses": slots(losses.sum()), "gradient": slope / rows})
    table.case(
        name("right classes"), "Accuracy", {},
        {"scores": SCORES, "targets": CLASSES, "state": state(), "correct": slots(kind=np.int32)},
        {"correct": slots(library.right_classes(SCORES, CLASSES), np.int32)})
    answers = single([[0, 0.5, 0.51], [1, 0.49, 0.5]])
    scores = single([[0, 0, 1], [1e-6, -2, 3]])
    table.case(
        name("right answers"), "Accuracy", {},
        {"scores": scores, "targets": answers, "state": state(), "correct": slots(kind=np.int32)},
        {"correct": slots(library.right_answers(scores, answers), np.int32)})
    order = np.array([[2], [0], [1]], dtype=np.int32)
    taken = library.take(SAMPLES, order)
    table.case(
        name("rows"), "GatherRows", {"scale": 1},
        {"source": SAMPLES, "order": order, "state": state(1), "out": (2, columns)}, {"out": taken[1:]})
    pixels = np.array([[0, 255, 128], [1, 127, 200], [254, 3, 64]], dtype=np.uint8)
    table.case(
        name("rows of bytes"), "GatherRows", {"scale": short(1 / 255)},
        {"source": pixels, "order": order, "state": state(0), "out": (3, 3)},
        {"out": library.take(pixels.astype(np.float64), order) * float(np.float32(1 / 255))})


ONE_STEP_START = {
    "p": row([0.5, -1.25, 3, 0.001, -0.0625, 1]),
    "g": row([0.25, -0.5, 1e-3, 2, -1e-6, 1e-3]),
}


def torch_optimizers():
    """Optimizers of PyTorch, each with the record that it is in the engine."""
    def made(optimizer, **settings):
        return lambda p: optimizer([p], **settings)

    o = torch.optim
    return [
        ("sgd", "SgdUpdate", 0.1, {}, made(o.SGD, lr=0.1)),
        ("momentum", "MomentumUpdate", 0.05, {"momentum": 0.9, "nesterov": "false"}, made(o.SGD, lr=0.05, momentum=0.9)),
        ("momentum 0.5", "MomentumUpdate", 0.05, {"momentum": 0.5, "nesterov": "false"}, made(o.SGD, lr=0.05, momentum=0.5)),
        ("nesterov", "MomentumUpdate", 0.05, {"momentum": 0.9, "nesterov": "true"}, made(o.SGD, lr=0.05, momentum=0.9, nesterov=True)),
        ("adagrad", "AdagradUpdate", 0.01, {"epsilon": 1e-10}, made(o.Adagrad, lr=0.01)),
        ("adagrad epsilon 0.1", "AdagradUpdate", 0.01, {"epsilon": 0.1}, made(o.Adagrad, lr=0.01, eps=0.1)),
        ("rmsprop", "RmsPropUpdate", 0.001, {"rho": 0.99, "epsilon": 1e-8}, made(o.RMSprop, lr=0.001)),
        ("rmsprop rho 0.9", "RmsPropUpdate", 0.001, {"rho": 0.9, "epsilon": 1e-3}, made(o.RMSprop, lr=0.001, alpha=0.9, eps=1e-3)),
        ("adam", "AdamUpdate", 0.001, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0}, made(o.Adam, lr=0.001)),
        ("adam betas 0.8, 0.95", "AdamUpdate", 0.001, {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0},
         made(o.Adam, lr=0.001, betas=(0.8, 0.95), eps=1e-3)),
        ("adamw", "AdamUpdate", 0.001, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1},
         made(o.AdamW, lr=0.001, weight_decay=0.1)),
    ]


PERIOD = 61


def gradients():
    """Eight kinds: ordinary, small, tiny, zero, sparse, large, of one sign, alternating."""
    random = np.random.default_rng(1)
    coarse = random.integers(-64, 65, size=(PERIOD, 8)) / 64
    coarse[:, 1] *= 2.0**-10
    coarse[:, 2] *= 2.0**-24
    coarse[:, 3] = 0
    coarse[:, 4] *= np.arange(PERIOD) % 10 == 0
    coarse[:, 5] *= 64
    coarse[:, 6] = np.abs(coarse[:, 6])
    coarse[:, 7] = np.abs(coarse[:, 7]) * (1 - 2 * (np.arange(PERIOD) % 2))
    return coarse


def float32_settings(settings):
    """What the engine holds of a setting: float32."""
    return {k: float(np.float32(v)) if isinstance(v, (int, float)) and not isinstance(v, bool) else v for k, v in settings.items()}


def trajectories(table):
    steps = [1, 2, 3, 10, 100, 1001]
    all_gradients = gradients()
    start = single([0.5, -1.25, 2, 0.001, -0.0625, 1, -0.75, 0.25])
    table.lines.append("")
    table.lines.append("start " + " ".join(short(v) for v in start))
    for g in all_gradients:
        table.lines.append("gradients " + " ".join(short(v) for v in g))
    for name, operation, rate, settings, make in torch_optimizers():
        p = torch.tensor(start, requires_grad=True)
        optimizer = make(p)
        for group in optimizer.param_groups:
            for key in ("lr", "momentum", "eps", "alpha", "weight_decay"):
                if key in group:
                    group[key] = float(np.float32(group[key]))
            if "betas" in group:
                group["betas"] = tuple(float(np.float32(b)) for b in group["betas"])
        table.lines.append("")
        table.lines.append("case pytorch " + name)
        table.lines.append(" ".join(["operation", operation, f"rate={rate}"] + [f"{k}={v}" for k, v in settings.items()]))
        for step in range(1, steps[-1] + 1):
            p.grad = torch.tensor(all_gradients[(step - 1) % PERIOD])
            optimizer.step()
            if step in steps:
                values = " ".join(f"{v:.10g}" for v in p.detach().numpy())
                table.lines.append(f"trajectory {step} {values}")


def keras_updates(table):
    """Single steps of Keras' optimizers from where they are after some steps, epsilon converted.

    Keras has epsilon inside the root of Adagrad and RMSprop, where no constant outside does the
    same: there it is 0. Adam's is added before the bias correction: ours is epsilon / sqrt(1 -
    beta2^t).
    """
    o = keras.optimizers
    start, g = ONE_STEP_START["p"], ONE_STEP_START["g"]
    f = lambda x: float(np.float32(x))  # noqa: E731
    kinds = [
        ("sgd", "SgdUpdate", lambda: o.SGD(f(0.1)), {}, [], 0),
        ("momentum", "MomentumUpdate", lambda: o.SGD(f(0.1), momentum=f(0.9)), {"momentum": 0.9, "nesterov": "false"}, ["velocity"], 0),
        ("nesterov", "MomentumUpdate", lambda: o.SGD(f(0.1), momentum=f(0.9), nesterov=True), {"momentum": 0.9, "nesterov": "true"}, ["velocity"], 0),
        ("adagrad", "AdagradUpdate", lambda: o.Adagrad(f(0.01), epsilon=0), {"epsilon": 0}, ["accumulator"], 0),
        ("rmsprop", "RmsPropUpdate", lambda: o.RMSprop(f(0.001), rho=f(0.9), epsilon=0), {"rho": 0.9, "epsilon": 0}, ["accumulator"], 0),
        ("adam", "AdamUpdate", lambda: o.Adam(f(0.001), beta_1=f(0.9), beta_2=f(0.999)), {"beta1": 0.9, "beta2": 0.999, "weightDecay": 0}, ["m", "v"], 1e-7),
        ("adamw", "AdamUpdate", lambda: o.AdamW(f(0.001), beta_1=f(0.9), beta_2=f(0.999), weight_decay=f(0.01)),
         {"beta1": 0.9, "beta2": 0.999, "weightDecay": 0.01}, ["m", "v"], 1e-7),
    ]
    for name, operation, make, settings, moments, epsilon in kinds:
        for step in (0, 1, 99):
            optimizer = make()
            p = keras.Variable(start, dtype="float64")
            optimizer.build([p])
            for variable in optimizer.variables:
                if "float" in variable.dtype and variable.shape == p.shape:
                    variable._dtype = "float64"
                    variable._value = jax.numpy.asarray(np.asarray(variable.value, dtype=np.float64))
            slots_of = [v for v in optimizer.variables if v.shape == p.shape]
            slope = jax.numpy.asarray(g)
            for t in range(step):
                optimizer.apply([slope * (1 + t % 3)], [p])
            # Both sides start from float32.
            p._value = jax.numpy.asarray(single(p.value))
            for variable in slots_of:
                variable._value = jax.numpy.asarray(single(variable.value))
            rate = float(np.asarray(optimizer.learning_rate))
            # Keras' velocity is -rate times ours, its order of moments that of ours.
            turn = (lambda x: np.asarray(x) / -rate) if moments == ["velocity"] else np.asarray
            before = {m: single(turn(v.value)) for m, v in zip(moments, slots_of)}
            if moments == ["velocity"]:
                slots_of[0]._value = jax.numpy.asarray(before["velocity"] * -rate)
            tensors = {"parameters": single(p.value), "gradients": g, **before,
                       "rates": slots(rate), "state": state(0, 1, step)}
            optimizer.apply([slope], [p])
            chosen = dict(settings)
            if epsilon:
                chosen["epsilon"] = repr(epsilon / math.sqrt(1 - f(0.999) ** (step + 1)))
            table.case(
                f"keras {name} step {step + 1}", operation, chosen, tensors,
                {"parameters": np.asarray(p.value), **{m: turn(v.value) for m, v in zip(moments, slots_of)}})


def onnx_cases(table):
    from onnx.backend.test.case.node import collect_testcases

    cases = {c.name: c for c in collect_testcases(None)}

    def data(name):
        case = cases[name]
        inputs, outputs = case.data_sets[0]
        node = case.model.graph.node[0]
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        return [np.asarray(i) for i in inputs], [np.asarray(o) for o in outputs], attributes

    def matrix(x):
        return x.reshape(1, -1) if x.ndim == 1 else x.reshape(-1, x.shape[-1])

    def columns_first(x):
        return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])

    for name, activation in [
            ("relu", "RELU"), ("sigmoid_example", "SIGMOID"), ("sigmoid", "SIGMOID"), ("tanh_example", "TANH"),
            ("tanh", "TANH"), ("gelu_default_1", "GELU"), ("gelu_default_2", "GELU"), ("softmax_example", "SOFTMAX"),
            ("softmax_large_number", "SOFTMAX"), ("softmax_axis_2", "SOFTMAX"), ("softmax_negative_axis", "SOFTMAX"),
            ("softmax_default_axis", "SOFTMAX"), ("leakyrelu_default", "LEAKY_RELU")]:
        (x,), (y,), _ = data("test_" + name)
        table.case("test_" + name, "Activate", {"activation": activation}, {"x": matrix(x), "out": matrix(y).shape}, {"out": matrix(y)})
    (x,), (y,), _ = data("test_softmax_axis_1")
    table.case("test_softmax_axis_1", "Activate", {"activation": "SOFTMAX"},
               {"x": columns_first(x), "out": columns_first(y).shape}, {"out": columns_first(y)})
    (a, b), (y,), _ = data("test_matmul_2d")
    table.case("test_matmul_2d", "MatMul", {"transposeA": "false", "transposeB": "false"},
               {"a": a, "b": b, "out": y.shape}, {"out": y})
    for name in ["default_zero_bias", "default_no_bias", "default_scalar_bias", "default_vector_bias", "default_matrix_bias",
                 "default_single_elem_vector_bias", "transposeA", "transposeB", "alpha", "beta", "all_attributes"]:
        inputs, (y,), attributes = data("test_gemm_" + name)
        # ONNX adds beta C; here the part that is not the product is taken off before.
        alpha, beta = attributes.get("alpha", 1.0), attributes.get("beta", 1.0)
        c = inputs[2].astype(np.float64) if len(inputs) > 2 else 0.0
        table.case("test_gemm_" + name + " without C", "MatMul",
                   {"transposeA": str(bool(attributes.get("transA", 0))).lower(), "transposeB": str(bool(attributes.get("transB", 0))).lower()},
                   {"a": inputs[0], "b": inputs[1], "out": y.shape}, {"out": (y.astype(np.float64) - beta * c) / alpha})
    (x, bias), (y,), _ = data("test_add_bcast")
    table.case("test_add_bcast", "AddBias", {}, {"x": matrix(x), "bias": matrix(bias), "out": matrix(y).shape}, {"out": matrix(y)})
    for name in ["do_not_keepdims_example", "do_not_keepdims_random", "keepdims_example", "keepdims_random"]:
        (x, _), (y,), _ = data("test_reduce_sum_" + name)
        y = y.reshape(3, 2)
        for i in range(len(x)):
            table.case(f"test_reduce_sum_{name} {i}", "SumRows", {}, {"x": x[i], "out": (1, 2)}, {"out": y[i : i + 1]})
    for name in ["sce_sum", "sce_sum_log_prob", "sce_mean", "sce_mean_3d"]:
        inputs, outputs, attributes = data("test_" + name)
        z, labels = columns_first(inputs[0]), inputs[1].reshape(-1, 1).astype(np.int32)
        total = float(outputs[0]) * (len(z) if attributes.get("reduction", b"mean") == b"mean" else 1)
        table.case("test_" + name, "SoftmaxCrossEntropy", {},
                   {"prediction": z, "targets": labels, "state": state(), "losses": slots(), "gradient": z.shape},
                   {"losses": slots(total)})
    for name in ["keepdims_example", "negative_axis_keepdims_example", "no_keepdims_example"]:
        (x,), (y,), _ = data("test_argmax_" + name)
        right = y.reshape(-1, 1).astype(np.int32)
        table.case("test_argmax_" + name, "Accuracy", {},
                   {"scores": matrix(x), "targets": right, "state": state(), "correct": slots(kind=np.int32)},
                   {"correct": slots(len(right), np.int32)})
    (x,), (y,), _ = data("test_argmax_negative_axis_keepdims_random")
    right = y.reshape(-1, 1).astype(np.int32)
    table.case("test_argmax_negative_axis_keepdims_random", "Accuracy", {},
               {"scores": matrix(x), "targets": right, "state": state(), "correct": slots(kind=np.int32)},
               {"correct": slots(len(right), np.int32)})
    (x, indices), (y,), _ = data("test_gather_0")
    order = np.concatenate([indices, np.setdiff1d(np.arange(len(x)), indices)]).astype(np.int32).reshape(-1, 1)
    table.case("test_gather_0", "GatherRows", {"scale": 1},
               {"source": x.reshape(len(x), -1), "order": order, "state": state(), "out": (len(y), y[0].size)}, {"out": y.reshape(len(y), -1)})
    inputs, (y,), _ = data("test_training_dropout_zero_ratio")
    table.case("test_training_dropout_zero_ratio", "Dropout", {"rate": 0, "stream": 1, "seed": 1},
               {"x": matrix(inputs[0]), "state": state(), "out": matrix(y).shape}, {"out": matrix(y)})

    for name in ["momentum", "nesterov_momentum"]:
        (r, t, x, g, v), (x_new, v_new), attributes = data("test_" + name)
        reg = attributes["norm_coefficient"] * x.astype(np.float64) + g
        assert t == 0 or attributes["beta"] == 1
        table.case("test_" + name, "MomentumUpdate",
                   {"momentum": short(attributes["alpha"]), "nesterov": str(name != "momentum").lower()},
                   {"parameters": row(x), "gradients": row(reg), "velocity": row(v), "rates": slots(float(r)), "state": state()},
                   {"parameters": row(x_new), "velocity": row(v_new)})
    (r, t, x, g, h), (x_new, h_new), attributes = data("test_adagrad")
    reg = attributes["norm_coefficient"] * x.astype(np.float64) + g
    table.case("test_adagrad", "AdagradUpdate", {"epsilon": short(attributes["epsilon"])},
               {"parameters": row(x), "gradients": row(reg), "accumulator": row(h),
                "rates": slots(float(r) / (1 + int(t) * attributes["decay_factor"])), "state": state()},
               {"parameters": row(x_new), "accumulator": row(h_new)})
    (r, t, x, g, v, h), (x_new, v_new, h_new), attributes = data("test_adam")
    assert t == 0  # where ONNX does not correct the bias: rate and epsilon take the correction back
    alpha, beta = attributes["alpha"], attributes["beta"]
    reg = attributes["norm_coefficient"] * x.astype(np.float64) + g
    table.case("test_adam", "AdamUpdate",
               {"beta1": short(alpha), "beta2": short(beta), "epsilon": short(attributes["epsilon"] / math.sqrt(1 - beta)), "weightDecay": 0},
               {"parameters": row(x), "gradients": row(reg), "m": row(v), "v": row(h),
                "rates": slots(float(r) * (1 - alpha) / math.sqrt(1 - beta)), "state": state()},
               {"parameters": row(x_new), "m": row(v_new), "v": row(h_new)})


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(second >> 32) ^ c[1] ^ k[0], second & 0xFFFFFFFF, (first >> 32) ^ c[3] ^ k[1], first & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def definitions(table):
    ones = 0xFFFFFFFF
    assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert philox([ones] * 4, [ones] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    rows, columns = 4, 9
    x = single(np.arange(1, rows * columns + 1).reshape(rows, columns) / 4)
    for rate, stream, seed, step in [
            (0.5, 0, 1, 0), (0.25, 3, -1, 7), (0.75, 2**31 - 1, -(2**63), 2**31 - 1), (0.1, -5, 2**63 - 1, 65536),
            (0.5, 1, 0x80000000, 100000), (0.3, 2, 0x123456789ABCDEF, 3)]:
        rate32 = float(np.float32(rate))
        limit = round(rate32 * 2**32)
        bits = [philox([e // 4, 0, step & ones, stream & ones], [seed & ones, (seed >> 32) & ones])[e % 4] for e in range(x.size)]
        kept = np.array(bits).reshape(x.shape) >= limit
        table.case(f"dropout {rate} stream {stream} seed {seed} step {step}", "Dropout",
                   {"rate": rate, "stream": stream, "seed": seed}, {"x": x, "state": state(0, 0, step), "out": x.shape},
                   {"out": np.where(kept, x / (1 - rate32), 0)})
    for training in ("true", "false"):
        table.case(f"advance, training {training}", "Advance", {"rows": 33, "training": training}, {"state": state(17, 4, 99)},
                   {"state": state(50, 5, 100 if training == "true" else 99)})
    table.case("rows of labels", "GatherRows", {"scale": 1},
               {"source": np.array([[5], [-7], [2**31 - 1]], dtype=np.int32), "order": np.array([[2], [0], [1]], dtype=np.int32),
                "state": state(1), "out": ("I32", 2, 1)}, {"out": np.array([[5], [-7]], dtype=np.int32)})


def main(folder):
    python = "Python " + platform.python_version()
    torch_table = Table(
        f"PyTorch {torch.__version__} on the processor, float64: torch.nn.functional, derivatives by autograd.",
        f"Made by java/contract/golden/make-tables.py with {python}.")
    operators(Torch, torch_table)
    torch_table.write(folder, "pytorch.txt")

    keras_table = Table(
        f"Keras {keras.__version__} on JAX {jax.__version__}, float64: keras.ops, losses and metrics, derivatives by jax.grad;",
        "optimizers one step at a time. Epsilon is 0 for Adagrad and RMSprop, where Keras has it inside the root,",
        "and for Adam Keras' 1e-7 over sqrt(1 - beta2^t), since Keras adds it before the bias correction.",
        "Left out: the slope of leaky ReLU at just 0, which is 1 in Keras and the leak in PyTorch and here.",
        f"Made by java/contract/golden/make-tables.py with {python}.")
    operators(Keras, keras_table)
    keras_updates(keras_table)
    keras_table.write(folder, "keras.txt")

    onnx_table = Table(
        f"The operator tests of onnx {onnx.__version__} (onnx.backend.test.case.node), as matrices. What Gemm adds is taken off",
        "its result; regularisation, decay and missing bias correction of its optimizers are moved into the inputs.",
        f"Made by java/contract/golden/make-tables.py with {python}.")
    onnx_cases(onnx_table)
    onnx_table.write(folder, "onnx.txt")

    definition_table = Table(
        "Integers of the definitions: dropout by a Philox4x32-10 written from its paper and checked with two of the",
        "known answers of Random123, counters, labels. No other framework has these.",
        f"Made by java/contract/golden/make-tables.py with {python}.")
    definitions(definition_table)
    definition_table.write(folder, "definitions.txt")

    trajectory_table = Table(
        f"PyTorch {torch.__version__} on the processor, float64: torch.optim, 1,001 steps. Settings are float32, as the engine's are.",
        f"The gradient of step t is row (t - 1) mod {PERIOD}, whatever the parameters are.",
        f"Made by java/contract/golden/make-tables.py with {python}.")
    trajectories(trajectory_table)
    trajectory_table.write(folder, "trajectories.txt")


if __name__ == "__main__":
    main(sys.argv[1])
