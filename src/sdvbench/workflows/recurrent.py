"""Recurrent layers, most of which no quantizer takes."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from sdvbench.cells import Gap
from sdvbench.quantization.names import is_kept, shown

if TYPE_CHECKING:  # torch is imported once a network is there
    from sdvbench.models.base import Network

SHOWN = 3
# What ONNX Runtime's quantizer leaves float: operators of ONNX, and the modules that become these.
# torch.onnx.export makes products out of nn.RNN and of all cells.
FLOAT_IN_ONNX = {  # by the kind of the network
    "onnx": ("LSTM", "GRU", "RNN"),
    "module": ("LSTM", "GRU"),
    "pt2": ("LSTM", "GRU"),
}
CELLS = ("LSTMCell", "GRUCell", "RNNCell")  # TorchScript has them as dense layers
FLOAT_IN_TORCHAO = ("LSTM", "GRU", "RNN", *CELLS)

ENABLE = {
    "module": "name these layers in float_layers() of the model",
    "onnx": "name them in the file's options: float={}",
    "pt2": "pass the network as an ONNX file, and name them in its options: float=NAME|NAME",
}


def recurrent_gap(
    network: "Network", precision: str, title: str, kinds: Collection[str]
) -> Gap | None:
    """Why a workflow called ``title`` makes no engine of whole numbers of ``network``: layers of
    ``kinds`` that are not to stay float32. None where there are none.
    """
    if precision.startswith("fp"):
        return None
    kept = network.kept_names(decoded=precision != "dyn8")
    found = {
        name: kind
        for name, kind in _recurrent(network)
        if kind in kinds and not is_kept(name, kept)
    }
    if not found:
        return None
    names = list(found)
    missing = f"{title} has no {precision} form of {' and '.join(sorted(set(found.values())))}"
    return Gap(f"{missing} ({shown(names, SHOWN)})", ENABLE[network.kind].format("|".join(names)))


def _recurrent(network: "Network") -> Iterator[tuple[str, str]]:
    """The names of recurrent layers, each with the kind that it is of."""
    from torch import nn

    from sdvbench.models.file_network import FileNetwork

    if not isinstance(network, FileNetwork):
        for name, module in network.named_modules():
            bases = [kind for kind in FLOAT_IN_TORCHAO if isinstance(module, getattr(nn, kind))]
            yield from ((name, kind) for kind in bases)
    elif network.kind == "onnx":
        yield from ((layer.name, layer.operator) for layer in network.layers)
    elif not network.given.keep:  # names of nodes, which are known once it is exported to ONNX
        yield from _in_program(network.program)


def _in_program(program: Any) -> Iterator[tuple[str, str]]:
    from sdvbench.quantization.program import RECURRENT, module_of

    for node in program.graph.nodes:
        if node.target in RECURRENT:
            yield module_of(node) or node.name, str(node.target).split(".")[1].upper()
