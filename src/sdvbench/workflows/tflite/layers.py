"""PyTorch's operators as Keras's layers, one after another."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Arguments = Mapping[str, Any]
Shape = tuple[int, ...]
LINEAR = ("Conv2D", "Dense")
ACTIVATIONS = {  # of PyTorch's operators: Keras's name, and the arguments that it stands for
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "hardtanh": ("relu6", {"min_val": 0, "max_val": 6}),
    "elu": ("elu", {"alpha": 1, "scale": 1, "input_scale": 1}),
    "silu": ("swish", {}),
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
}
NOTHING = ("alias", "clone", "contiguous", "detach", "dropout", "feature_dropout")


class Untranslatable(Exception):  # noqa: N818 - it is said of an operation
    """Of an operation that has no layer here; says what about it has none, if not all of it."""


@dataclass(frozen=True)
class Layer:
    """kind: the name of Keras's class, or "Affine": times a number a feature, and plus another.

    settings: the arguments of the class, as JSON can hold them. name: of the PyTorch module.
    weights: kernel and bias as Keras has them: (height, width, in, out) or (in, out), and (out,).
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[Values, ...] = ()
    name: str = ""


class Sequence:
    """The layers so far. ``shape`` is what the last one gives, as PyTorch has it: (batch, channels,
    height, width) or (batch, features).

    Each method ``aten_...`` is named after an operator, and takes its arguments by name and the
    shape that it gives.
    """

    def __init__(self, shape: Shape) -> None:
        if len(shape) not in (2, 4):
            raise Untranslatable(f"an input with {len(shape)} axes")
        self.shape = shape
        self._name = ""
        self._layers: list[Layer] = []
        self._padding = (0, 0, 0, 0)  # of the next layer: left, right, top, bottom
        self._flattened: Shape | None = None  # what the features are: (channels, height, width)

    def add(self, operator: str, given: Arguments, shape: Shape, name: str = "") -> None:
        """Go on with one of PyTorch's operators, such as "conv2d". Raises Untranslatable.

        given: its arguments by name: what the layer before gives is None, and what is known are
            float64 arrays. shape: what it gives. name: of the module that it is in.
        """
        self._name = name
        if operator in ACTIVATIONS:
            name, wanted = ACTIVATIONS[operator]
            found = {argument: given[argument] for argument in wanted}
            if found != wanted:
                raise Untranslatable(f" with {found}, not {wanted}")
            self._add("Activation", {"activation": name})
        elif operator in NOTHING and not given.get("train"):
            pass
        elif translate := getattr(self, f"aten_{operator}", None):
            translate(given, shape)
        else:
            raise Untranslatable
        self.shape = shape

    def ended(self) -> list[Layer]:
        """All layers. Raises Untranslatable."""
        self._pad()
        if self._flattened:
            raise Untranslatable("an image as its output, flattened")
        return self._layers

    def aten_conv2d(self, given: Arguments, shape: Shape) -> None:
        kernel, stride = given["weight"], tuple(given["stride"]) * (3 - len(given["stride"]))
        if given["groups"] != 1:
            raise Untranslatable(f" with {given['groups']} groups")
        if set(given["dilation"]) != {1}:
            raise Untranslatable(f" with dilation {given['dilation']}")
        wanted = self._around(given["padding"], kernel.shape[2:])
        left, right, top, bottom = self._padding
        unpadded = self.shape[2] - top - bottom, self.shape[3] - left - right
        same = _same(unpadded, kernel.shape[2:], stride)
        padding = "same" if any(wanted) and wanted == same else "valid"
        self._padding = (0, 0, 0, 0) if padding == "same" else wanted
        bias = given["bias"] if given["bias"] is not None else np.zeros(len(kernel))
        settings = {
            "filters": len(kernel),
            "kernel_size": kernel.shape[2:],
            "strides": stride,
            "padding": padding,
        }
        self._add("Conv2D", settings, kernel.transpose(2, 3, 1, 0), bias)

    def _around(self, padding: Any, kernel: Shape) -> tuple[int, int, int, int]:
        """What is put around the image: what was padded before, and by the convolution itself."""
        if padding == "same":  # of stride 1 only
            own = _same(self.shape[2:], kernel, (1, 1))
        else:
            sizes = (0, 0) if padding == "valid" else tuple(padding) * (3 - len(padding))
            own = (sizes[1], sizes[1], sizes[0], sizes[0])
        left, right, top, bottom = (a + b for a, b in zip(self._padding, own, strict=True))
        return left, right, top, bottom

    def aten_pad(self, given: Arguments, shape: Shape) -> None:
        pad = tuple(given["pad"])
        zeros = given.get("mode", "constant") == "constant" and not given["value"]
        if len(self.shape) != 4 or len(pad) not in (2, 4) or min(pad) < 0 or not zeros:
            raise Untranslatable(f" by {list(pad)}, not of images by zeros")
        self._pad()
        left, right, top, bottom = (*pad, 0, 0)[:4]
        self._padding = left, right, top, bottom

    aten_constant_pad_nd = aten_pad

    def aten_linear(self, given: Arguments, shape: Shape) -> None:
        if len(self.shape) != 2:
            raise Untranslatable(f" of {len(self.shape)} axes")
        kernel = self._last_axis(given["weight"]).T
        bias = given["bias"] if given["bias"] is not None else np.zeros(shape[1])
        self._add("Dense", {"units": shape[1]}, kernel, bias)
        self._flattened = None

    def aten_batch_norm(self, given: Arguments, shape: Shape) -> None:
        if given["training"] or given["running_mean"] is None:
            raise Untranslatable(" by the statistics of each batch")
        scale = 1 / np.sqrt(given["running_var"] + given["eps"])
        scale = scale if given["weight"] is None else scale * given["weight"]
        offset = -given["running_mean"] * scale
        self._affine(scale, offset if given["bias"] is None else offset + given["bias"])

    def aten_mul(self, given: Arguments, shape: Shape) -> None:
        self._affine(self._by_feature(given, shape), 0.0)

    def aten_div(self, given: Arguments, shape: Shape) -> None:
        if given["other"] is None or given.get("rounding_mode"):
            raise Untranslatable(" by the layer before it, or rounded")
        self._affine(1 / self._by_feature(given, shape), 0.0)

    def aten_add(self, given: Arguments, shape: Shape) -> None:
        if given["self"] is not None and given["alpha"] != 1:
            raise Untranslatable(f" with alpha {given['alpha']}")
        self._affine(1.0, given["alpha"] * self._by_feature(given, shape))

    def aten_sub(self, given: Arguments, shape: Shape) -> None:
        if given["other"] is None:
            raise Untranslatable(" of the layer before it")
        self._affine(1.0, -given["alpha"] * self._by_feature(given, shape))

    def _by_feature(self, given: Arguments, shape: Shape) -> Values:
        """The known operand as a number a channel or feature, or a single one."""
        operand = np.asarray(given["self"] if given["other"] is None else given["other"], float)
        if operand.size == 1 and len(shape) == len(self.shape):
            return operand.reshape(())
        channels = operand.reshape((1,) * (len(self.shape) - operand.ndim) + operand.shape)
        if shape != self.shape or channels.size != self.shape[1] or channels.shape[1] == 1:
            raise Untranslatable(f" with a tensor of shape {operand.shape}")
        return channels.reshape(-1)

    def _affine(self, scale: Any, offset: Any) -> None:
        """Times ``scale`` and plus ``offset``, a number each or one a channel or feature: into the
        weights of the layer before it, where that is linear.
        """
        count = (self.shape[1],)
        scale, offset = (self._last_axis(np.broadcast_to(v, count)) for v in (scale, offset))
        last = self._layers[-1] if self._layers and not any(self._padding) else None
        if last and last.kind in LINEAR:
            kernel, bias = last.weights
            self._layers[-1] = replace(last, weights=(kernel * scale, bias * scale + offset))
        elif last and last.kind == "Affine":
            before, bias = last.weights
            self._layers[-1] = replace(last, weights=(before * scale, bias * scale + offset))
        else:
            self._add("Affine", {}, scale, offset)

    def _last_axis(self, values: Values) -> Values:
        """Features in the order that flattening an image with its channels last gives them."""
        if not self._flattened:
            return values
        shaped = values.reshape(-1, *self._flattened).transpose(0, 2, 3, 1)
        return shaped.reshape(values.shape)

    def aten_leaky_relu(self, given: Arguments, shape: Shape) -> None:
        self._add("LeakyReLU", {"alpha": given["negative_slope"]})

    def aten_max_pool2d(self, given: Arguments, shape: Shape) -> None:
        self._pool("MaxPooling2D", given)

    def aten_avg_pool2d(self, given: Arguments, shape: Shape) -> None:
        self._pool("AveragePooling2D", given)

    def _pool(self, kind: str, given: Arguments) -> None:
        plain = not any(given["padding"]) and set(given.get("dilation", [1])) == {1}
        if not plain or given["ceil_mode"] or given.get("divisor_override"):
            raise Untranslatable(" with padding, dilation, ceil_mode or a divisor")
        kernel = given["kernel_size"]
        settings = {"pool_size": kernel, "strides": given["stride"] or kernel}
        self._add(kind, settings)

    def aten_view(self, given: Arguments, shape: Shape) -> None:
        if shape == self.shape:
            return
        if len(self.shape) != 4 or shape != (self.shape[0], int(np.prod(self.shape[1:]))):
            raise Untranslatable(f" from {self.shape} to {shape}")
        self._add("Flatten", {})
        self._flattened = self.shape[1:]

    aten_flatten = aten_reshape = aten_view

    def _add(self, kind: str, settings: Mapping[str, Any], *weights: Values) -> None:
        self._pad()
        self._layers.append(Layer(kind, settings, weights, self._name))

    def _pad(self) -> None:
        """Pad with zeros what is due."""
        left, right, top, bottom = self._padding
        self._padding = (0, 0, 0, 0)
        if left or right or top or bottom:
            padding = ((top, bottom), (left, right))
            self._layers.append(Layer("ZeroPadding2D", {"padding": padding}))


def _same(sizes: Shape, kernel: Shape, stride: Shape) -> tuple[int, int, int, int]:
    """What TensorFlow's `same` puts on the left, right, top and bottom."""
    around = []
    for size, length, step in zip(sizes, kernel, stride, strict=True):
        whole = max((-(-size // step) - 1) * step + length - size, 0)
        around.append((whole // 2, whole - whole // 2))
    (top, bottom), (left, right) = around
    return left, right, top, bottom
