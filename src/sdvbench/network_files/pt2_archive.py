"""The ZIP archive of torch.export.save: which records it may have, and their content.

torch.export.load unpickles sample inputs (without weights_only where that fails), weights and
constants that are marked so, and every custom object; it loads libraries that AOTInductor compiled,
too. None of these is read here.
"""

import zipfile
from io import BufferedReader
from pathlib import Path
from typing import Any

from sdvbench import json_text
from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import damaged

AGAIN = "Pass a network that torch.export.save wrote, complete and unchanged"
PLAIN = "Export the network again without it"
MOST_RECORDS = 100_000
MOST_JSON_BYTES = 2**28
MOST_JSON_PARTS = 5_000_000  # objects and lists, each of which takes 100 bytes of memory or so
COMPILED = (".so", ".o", ".cpp", ".cubin", ".dll", ".dylib")
OBJECTS = ("data/constants/custom_obj_", "data/constants/opaque_obj_")
# What tells other archives of torch, and what these are.
OTHERS = {
    "serialized_exported_program.json": "was written by torch 2.7 or older",
    "constants.pkl": "is a TorchScript archive",
    "data.pkl": "is a pickled checkpoint of torch.save",
}


class Archive:
    """The records of an archive that were looked at and have no way to run anything."""

    def __init__(self, path: Path, stream: BufferedReader) -> None:
        """Raises NetworkFileError for an archive that is damaged, or whose records may run code."""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(stream)
        except Exception as problem:  # by where the damage is
            text = f"is no archive of torch.export, or was cut off ({problem})"
            raise NetworkFileError(path, text, AGAIN) from problem
        self._records = self._listed(path.stat().st_size)
        self._check_format()
        self._check_harmless()
        self.model = self._model()

    def _listed(self, size_bytes: int) -> dict[str, zipfile.ZipInfo]:
        """Records by their names within the one folder that all of them lie in."""
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        if not names or len(names) > MOST_RECORDS:
            damaged(self.path, f"it has {len(names):,} records", AGAIN)
        if min(info.header_offset for info in infos):  # another archive's end was found, inside it
            damaged(self.path, "it was cut off, or has something before its first record", AGAIN)
        if len(set(names)) < len(names):
            damaged(self.path, "two records have one name", AGAIN)
        folder = names[0].split("/")[0] + "/"
        for name in names:
            parts = name.split("/")
            if not name.startswith(folder) or {"", ".", ".."} & set(parts) or "\\" in name:
                damaged(self.path, f"a record is called {name[:100]!r}", AGAIN)
        records = {info.filename.removeprefix(folder): info for info in infos}
        for record, what in OTHERS.items():
            if record in records:
                raise NetworkFileError(self.path, what, "Export it by torch.export.save")
        if any(info.compress_type or info.file_size != info.compress_size for info in infos):
            damaged(self.path, "its records are compressed, which torch never does", AGAIN)
        if sum(info.file_size for info in infos) > size_bytes:
            damaged(self.path, "its records claim more content than the file has", AGAIN)
        return records

    def _check_format(self) -> None:
        if self._text("archive_format", "") != "pt2":
            raise NetworkFileError(self.path, "is no archive of torch.export", AGAIN)
        version, order = self._text("archive_version", "0"), self._text("byteorder", "little")
        if version != "0" or order != "little":
            problem = f"has the archive version {version[:20]!r} in the byte order {order[:20]!r}"
            raise NetworkFileError(self.path, problem, "Export it with the installed torch")

    def _text(self, record: str, default: str) -> str:
        return self.read(record).decode("latin1").strip() if record in self._records else default

    def _check_harmless(self) -> None:
        """Raises NetworkFileError for records that are compiled code or have to be unpickled."""
        for record in self._records:
            thing = f"{self.path}: record {record[:100]!r}"
            if record.startswith("data/aotinductor/") or record.endswith(COMPILED):
                problem = (
                    "is compiled code (a package of AOTInductor), which sdvbench does not load"
                )
                raise NetworkFileError(thing, problem, "Pass the program of torch.export.save")
            if record.startswith(OBJECTS):
                problem = "is a pickled object of a class of its own, which could run any code"
                raise NetworkFileError(thing, problem, PLAIN)
            if record.startswith(("data/weights/", "data/constants/")) and record.endswith(".pt"):
                problem = "is pickled, as torch 2.9 and older wrote it"
                raise NetworkFileError(thing, problem, "Export it with the installed torch")

    def _model(self) -> str:
        """The name of the one program."""
        models = [name[7:-5] for name in self._records if name.startswith("models/")]
        if len(models) != 1 or not models[0]:
            problem = f"holds {len(models)} programs instead of one"
            raise NetworkFileError(self.path, problem, "Save them one by one: torch.export.save")
        return models[0]

    def size_bytes(self, record: str) -> int:
        """Raises NetworkFileError where there is no such record."""
        if record not in self._records:
            damaged(self.path, f"it has no record {record[:100]!r}", AGAIN)
        return self._records[record].file_size

    def read(self, record: str) -> bytes:
        """Raises NetworkFileError where there is no such record, or its checksum is wrong."""
        self.size_bytes(record)
        try:
            return self._zip.read(self._records[record])
        except Exception as problem:  # by where the damage is
            damaged(self.path, f"record {record[:100]!r}: {problem}", AGAIN)

    def json(self, record: str) -> Any:
        """Raises NetworkFileError for what is no JSON, or would take too much memory."""
        thing = f"{self.path}: record {record[:100]!r}"
        if self.size_bytes(record) > MOST_JSON_BYTES:
            raise NetworkFileError(thing, "is too large", AGAIN)
        content = self.read(record)
        if content.count(b"{") + content.count(b"[") > MOST_JSON_PARTS:
            raise NetworkFileError(thing, f"has more than {MOST_JSON_PARTS:,} parts", AGAIN)
        return json_text.decode(content, thing, NetworkFileError, AGAIN)
