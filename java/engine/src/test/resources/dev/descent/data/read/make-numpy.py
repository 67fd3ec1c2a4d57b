"""Writes numpy.txt: files that NumPy itself wrote, in base64, with what they hold.

A line an array: name, type, shape, elements as NumPy prints them, the file.
"""
import base64
import io
import sys

import numpy as np
from numpy.lib import format as npy


def line(name, array, version=(1, 0)):
    out = io.BytesIO()
    npy.write_array(out, array, version=version)
    elements = [str(v) for v in array.ravel(order="C").tolist()]
    print(name, array.dtype.str, "x".join(map(str, array.shape)) or "-", ",".join(elements) or "-",
          base64.b64encode(out.getvalue()).decode(), sep="\t")


base = np.arange(24).reshape(2, 3, 4)
for code in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]:
    for order in "<>":
        array = (base * (1 if code[0] == "u" else -3)).astype(order + code)
        line(f"{code}{order}", array)
        line(f"{code}{order}-fortran", np.asfortranarray(array))
line("bool", base % 5 == 0)
line("large", np.array([2**64 - 1, 2**63, 1], dtype="u8"))
line("small", np.array([-2**63, 2**63 - 1], dtype=">i8"))
line("halves", np.array([65504, 6e-8, -0.1], dtype="f2"))
line("text", np.array([["a", "bc"], ["\u00e9\U0001f600", ""]]))
line("text-big", np.array(["a", "bc"], dtype=">U5"))
line("bytes", np.array([b"cat", b"mouse"]))
line("version2", base.astype("f4"), (2, 0))
line("version3", base.astype("f4"), (3, 0))
line("scalar", np.array(3.5))
line("one", np.array([7], dtype="i4"))
line("none", np.zeros((0, 3), dtype="f4"))
line("fortran-matrix", np.asfortranarray(base.reshape(4, 6).astype("f8")))
