"""Networks in files, as models: what they take and give, and how they are run in PyTorch."""

import hashlib
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sdvbench.errors import BuildError, OptionError
from sdvbench.models.base import Network
from sdvbench.models.file_class_names import class_names_of
from sdvbench.models.given_files import GivenFile
from sdvbench.network_files import NetworkFile, read_network_file
from sdvbench.quantization.names import name_nodes
from sdvbench.tensors import BATCH, HEIGHT, WIDTH, TensorSpec, is_image, shape_text

if TYPE_CHECKING:
    from sdvbench.quantization.layers import Layer


class FileNetwork(Network):
    """A network in a checked file. Its class says nothing of its weights, which stay in the file.

    file: what its reader found. digest: of the file, and of what is said of it.
    """

    def __init__(self, given: GivenFile, file: NetworkFile) -> None:
        super().__init__(given.name)
        self.given, self.file = given, file
        self.kind = file.format  # type: ignore[misc]
        self.task = given.task
        self.layout = given.layout
        self.inputs = tuple(_shaped(given, spec) for spec in file.inputs)
        self.outputs = tuple(spec.name for spec in file.outputs)
        _check_named(given, file)
        if self.task == "detection" and (len(self.inputs) != 1 or not is_image(self.inputs[0])):
            problem = (
                f"a detector takes one image, and this network {', '.join(map(str, self.inputs))}"
            )
            raise OptionError(given.named, problem, "Leave out task=detection")
        self.class_names = class_names_of(given, file)

    @property
    def digest(self) -> str:
        given = self.given
        said = f"{self.file.digest} {given.keep} {self.task} {self.layout} {self.inputs} "
        said += f"{sorted(given.values.items())}"
        return hashlib.sha256(said.encode()).hexdigest()

    def example(self, inputs: tuple[TensorSpec, ...], seed: int = 0) -> tuple[Tensor, ...]:
        """As in ``Network``, within the values that the user has given."""
        generator = torch.Generator().manual_seed(seed + 1)
        drawn = super().example(inputs, seed)
        return tuple(
            self._within(self.given.values[spec.name], value, generator)
            if spec.name in self.given.values
            else value
            for spec, value in zip(inputs, drawn, strict=True)
        )

    def _within(
        self, bounds: tuple[float, float], value: Tensor, generator: torch.Generator
    ) -> Tensor:
        least, largest = bounds
        share = torch.rand(value.shape, generator=generator, dtype=torch.float64)
        if value.is_floating_point():
            return (least + (largest - least) * share).to(value.dtype)
        return (least + (largest - least + 1) * share).floor().clamp(max=largest).to(value.dtype)

    def kept_names(self, *, decoded: bool) -> list[str]:
        return list(self.given.keep)

    @cached_property
    def _layers(self) -> "tuple[list[Layer], set[str]]":
        """Of an ONNX file, the layers with weights, and the names of nodes outside of branches."""
        if self.kind != "onnx":
            return [], set()
        import onnx

        from sdvbench.quantization.layers import layers

        graph = onnx.load(self.file.path, load_external_data=False).graph
        name_nodes(graph)
        return list(layers(graph)), {node.name for node in graph.node}

    @property
    def layers(self) -> "list[Layer]":
        """Of an ONNX file, the layers with weights."""
        return self._layers[0]

    @property
    def branches(self) -> list[str]:
        """Of an ONNX file, the layers with weights in branches and loops."""
        layers, outer = self._layers
        return [layer.name for layer in layers if layer.name not in outer]

    @property
    def lowered(self) -> str:
        """Of an ONNX file, what its layers compute in beside float32; empty where in nothing."""
        return ", ".join(sorted({layer.computes_in for layer in self.layers} - {"FLOAT"}))

    def forward(self, *inputs: Tensor) -> Any:
        """Of a .pt2 file, the exported program."""
        outputs = self.program(*inputs)
        return outputs[0] if isinstance(outputs, tuple) and len(outputs) == 1 else outputs

    @cached_property
    def program(self) -> Any:
        """What computes, of a .pt2 file. Raises BuildError of any other."""
        if self.kind != "pt2":
            problem = f"is a .{self.kind} file, which PyTorch does not run"
            raise BuildError(f"model {self.name}", problem, "Use W1, or export it as a .pt2")
        from sdvbench.network_files.pt2_file import load_pt2

        return load_pt2(self.file).module()


def file_network(given: GivenFile) -> FileNetwork:
    """Raises NetworkFileError for a file that cannot be trusted or read, OptionError for what was
    said of it and does not fit.
    """
    return FileNetwork(given, read_network_file(given.path))


def _shaped(given: GivenFile, spec: TensorSpec) -> TensorSpec:
    """``spec`` in the shape that the user gave; raises OptionError where that cannot be."""
    if spec.name in given.shapes:
        shape = given.shapes[spec.name]
        pairs = zip(spec.shape, shape, strict=False)
        fixed = [(size, wanted) for size, wanted in pairs if isinstance(size, int)]
        if len(shape) != len(spec.shape) or any(size != wanted for size, wanted in fixed):
            problem = f"shape.{spec.name} is {shape_text(shape)}, and the file has {spec}"
            raise OptionError(given.named, problem, "Change only sizes that the file leaves open")
        spec = replace(spec, shape=shape)
    open_sizes = [size for size in spec.free if size not in (BATCH, HEIGHT, WIDTH)]
    if open_sizes:
        shape = tuple(64 if size in open_sizes else size for size in spec.shape)
        problem = f"the file leaves {', '.join(open_sizes)} of its input {spec} open"
        remedy = f"Give all sizes, for example &shape.{spec.name}={shape_text(shape)}"
        raise OptionError(given.named, problem, remedy)
    return spec


def _check_named(given: GivenFile, file: NetworkFile) -> None:
    """Raises OptionError for a shape or value of an input that the file does not have."""
    known = [spec.name for spec in file.inputs]
    for kind, table in (("shape", given.shapes), ("value", given.values)):
        for name in table:
            if name not in known:
                problem = f"{kind}.{name} is of no input of the file"
                raise OptionError(given.named, problem, f"Its inputs are {', '.join(known)}")
    for spec in file.inputs:
        for value in given.values.get(spec.name, ()):
            with np.errstate(all="ignore"):
                held = np.array(value).astype(spec.dtype)
            if not np.isclose(float(held), value, rtol=1e-2):
                problem = f"value.{spec.name}={value:g} is no {spec.dtype}, which the input is of"
                raise OptionError(given.named, problem, "Give a number of that type")
