#!/usr/bin/env python3
"""Writes the .onnx files beside this script with other tools than Descent: PyTorch's exporter, and the
onnx package's helpers. Needs torch and onnx. The tests compare what is read with ONNX Runtime."""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
HERE = HERE if HERE.is_dir() else HERE.parent
RANDOM = np.random.default_rng(17)


def floats(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def save(name, nodes, initializers, inputs, outputs, opset, **arguments):
    values = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs + outputs
    ]
    graph = helper.make_graph(
        nodes, name, values[: len(inputs)], values[len(inputs) :], initializers
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
    )
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx", **arguments)


def data(name, array):
    return numpy_helper.from_array(array, name)


def listed(name, array):
    """With its elements in the field float_data."""
    return helper.make_tensor(
        name, TensorProto.FLOAT, array.shape, array.flatten().tolist()
    )


def torch_files():
    import torch
    from torch import nn

    torch.manual_seed(3)

    def export(name, model, *shape, opset=17):
        model.eval()
        torch.onnx.export(
            model,
            (torch.randn(2, *shape),),
            str(HERE / f"{name}.onnx"),
            opset_version=opset,
            dynamo=False,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
        )

    export(
        "torch-rows",
        nn.Sequential(
            nn.Linear(7, 5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, 4), nn.GELU(), nn.Linear(4, 3), nn.Softmax(-1)
        ),
        7,
    )
    export(
        "torch-images",
        nn.Sequential(nn.Flatten(), nn.Linear(3 * 2 * 4, 6), nn.LeakyReLU(), nn.Linear(6, 2), nn.Sigmoid()),
        3,
        2,
        4,
    )
    export(
        "torch-conv",
        nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1),
            nn.BatchNorm2d(3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(3, 4, (2, 3)),
            nn.ReLU(),
            nn.AvgPool2d(2, stride=1),
            nn.Flatten(),
            nn.Linear(4 * 2 * 1, 5),
        ),
        2,
        9,
        8,
    )

    class Block(nn.Module):
        """Of a residual network: two convolutions, and what goes past them."""

        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
            self.second = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))
            self.rest = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
            self.head = nn.Linear(3, 3)

        def forward(self, x):
            x = self.first(x)
            x = self.rest(self.second(x) + x)
            return x + torch.tanh(self.head(x))

    export("torch-residual", Block(), 2, 6, 5)


def own_files():
    w1, b1, w2, b2 = floats(4, 6), floats(6), floats(3, 6), floats(1, 3)
    # Products and sums apart; weights in Constant nodes and in float_data.
    save(
        "matmul-add",
        [
            helper.make_node("Constant", [], ["w2"], "", value=data("w2", w2)),
            helper.make_node("Transpose", ["w2"], ["w2t"], perm=[1, 0]),
            helper.make_node("MatMul", ["x", "w1"], ["m1"], "product"),
            helper.make_node("Add", ["b1", "m1"], ["a1"], "sum"),
            helper.make_node("Tanh", ["a1"], ["t"], "tanh"),
            helper.make_node("MatMul", ["t", "w2t"], ["m2"]),
            helper.make_node("Add", ["m2", "b2"], ["s"]),
            helper.make_node("Identity", ["s"], ["y"]),
        ],
        [listed("w1", w1), data("b1", b1), data("b2", b2)],
        [("x", [None, 4])],
        [("y", [None, 3])],
        13,
    )
    # Every attribute of Gemm that can be folded, a bias of one number, a row without a bias.
    save(
        "gemm",
        [
            helper.make_node("Gemm", ["x", "w1", "one"], ["g1"], "first", alpha=0.5, beta=-2.0),
            helper.make_node("Relu", ["g1"], ["r"]),
            helper.make_node("Gemm", ["r", "w2"], ["g2"], "second", transB=1),
            helper.make_node("Gemm", ["g2", "w3", "b3"], ["g3"], "third", transB=1, alpha=1.0, beta=1.0),
            helper.make_node("Softmax", ["g3"], ["y"], axis=1),
        ],
        [
            data("w1", w1),
            data("one", np.array([0.25], np.float32)),
            data("w2", w2),
            data("w3", floats(5, 3)),
            data("b3", floats(1, 5)),
        ],
        [("x", ["N", 4])],
        [("y", ["N", 5])],
        11,
    )
    # Weights in a file beside it, an image that becomes a row.
    save(
        "external",
        [
            helper.make_node("Reshape", ["x", "to"], ["rows"]),
            helper.make_node("Gemm", ["rows", "w1", "b1"], ["g1"]),
            helper.make_node("Gemm", ["g1", "w2", "b2"], ["y"], transB=1),
        ],
        [
            data("to", np.array([-1, 4], np.int64)),
            data("w1", floats(4, 64)),
            data("b1", floats(64)),
            data("w2", floats(3, 64)),
            data("b2", b2),
        ],
        [("x", [None, 1, 2, 2])],
        [("y", [None, 3])],
        17,
        save_as_external_data=True,
        location="external.data",
        size_threshold=100,
    )


if __name__ == "__main__":
    own_files()
    torch_files()
