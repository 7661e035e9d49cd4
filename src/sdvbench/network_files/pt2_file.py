"""Networks in archives of torch.export, read and loaded without unpickling anything.

A file is never handed to torch. What torch loads is a new archive, made of the parts that were
checked: the program, and the raw bytes of its weights.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import NetworkFile, in_a_line, network_file, opened, sha256
from sdvbench.network_files.pt2_archive import AGAIN, Archive
from sdvbench.network_files.pt2_program import Program, checked_program
from sdvbench.network_files.pt2_weights import checked_payload
from sdvbench.quiet import quiet

if TYPE_CHECKING:
    from torch import Tensor
    from torch.export import ExportedProgram

Payloads = dict[str, tuple[dict[str, Any], list[str]]]
KINDS = ("weights", "constants")


def read_pt2(path: str | Path) -> NetworkFile:
    """The network in the archive at ``path``, which torch.export.save of torch 2.10 or newer wrote.

    Nothing is run or unpickled. Raises NetworkFileError for whatever is no complete program of
    torch's own operators on tensors.
    """
    with _parts(Path(path)) as (found, _, _, _):
        return found


def load_pt2(file: NetworkFile) -> "ExportedProgram":
    """The program of a file that ``read_pt2`` has read.

    It takes its inputs by position, in the order of ``file.inputs``, and gives a tuple, whatever
    containers the exported module took and gave: ``load_pt2(file).module()(*tensors)``.
    Raises NetworkFileError where the file has changed since, or torch cannot rebuild it.
    """
    import torch

    with _parts(file.path) as (found, archive, program, payloads):
        if found.digest != file.digest:
            raise NetworkFileError(file.path, "has changed since it was read", "Start again")
        try:
            with tempfile.TemporaryFile() as stream, quiet():
                _write(stream, archive, program, payloads)
                stream.seek(0)
                loaded = torch.export.load(stream)
            loaded.example_inputs = _examples(found, program), {}
        except NetworkFileError:
            raise
        except Exception as problem:  # whatever torch makes of a program that contradicts itself
            why = f"cannot be rebuilt by torch {torch.__version__} ({in_a_line(problem)})"
            raise NetworkFileError(
                file.path, why, "Export it with the installed torch"
            ) from problem
    return loaded


def _examples(found: NetworkFile, program: Program) -> tuple["Tensor", ...]:
    """Zeros that take no memory; a program without examples would not check its conditions."""
    import torch

    return tuple(
        torch.zeros((), dtype=getattr(torch, spec.dtype)).expand(shape)
        for spec, shape in zip(found.inputs, program.shapes, strict=True)
    )


@contextmanager
def _parts(path: Path) -> Iterator[tuple[NetworkFile, Archive, Program, Payloads]]:
    with opened(path, AGAIN) as stream:
        digest = sha256(stream)
        archive = Archive(path, stream)
        program = checked_program(path, archive.json(f"models/{archive.model}.json"))
        payloads = {kind: checked_payload(archive, kind) for kind in KINDS}
        found = network_file(path, "pt2", digest, program.inputs, program.outputs)
        yield found, archive, program, payloads


def _write(stream: IO[bytes], archive: Archive, program: Program, payloads: Payloads) -> None:
    """An archive for torch.export.load, without sample inputs, which it would unpickle."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as written:
        texts = {"archive_format": "pt2", "archive_version": "0", "byteorder": "little"}
        texts |= {".data/version": "6\n", "data/sample_inputs/model.pt": ""}
        texts["models/model.json"] = json.dumps(_with_call(program))
        for kind, (config, records) in payloads.items():
            texts[f"data/{kind}/model_{kind}_config.json"] = json.dumps(config)
            for record in records:
                written.writestr(f"network/{record}", archive.read(record))
        for name, text in texts.items():
            written.writestr(f"network/{name}", text)


def _with_call(program: Program) -> dict[str, Any]:
    """The program's content, with how it is called: inputs by position, a tuple of outputs."""
    from torch.utils._pytree import tree_structure, treespec_dumps

    signature = {
        "inputs": [],
        "outputs": [],
        "in_spec": treespec_dumps(tree_structure(((0,) * len(program.inputs), {}))),
        "out_spec": treespec_dumps(tree_structure((0,) * len(program.outputs))),
        "forward_arg_names": [tensor.name for tensor in program.inputs],
    }
    call = [{"fqn": "", "signature": signature}]
    return program.content | {
        "graph_module": program.content["graph_module"] | {"module_call_graph": call}
    }
