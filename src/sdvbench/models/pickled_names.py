"""Which Python names a checkpoint may mention, and which of them it may ask to call.

Nothing that a file names is ever imported. The rules exist so that a file which would run something
under an ordinary unpickler is refused by name instead of being accepted in silence.
"""

import re
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

# Of Python's own library only names of data are accepted. Every class of these modules is data ...
DATA_MODULES = {
    "argparse",
    "collections",
    "collections.abc",
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "logging",
    "numbers",
    "pathlib",
    "pathlib._abc",
    "pathlib._local",
    "random",
    "typing",
    "uuid",
    "zoneinfo",
}
# ... and so are these names, most of which do not look like classes.
DATA_NAMES = {
    "_codecs.encode",
    "array._array_reconstructor",
    "array.array",
    "collections.defaultdict",
    "collections.deque",
    "copyreg.__newobj__",
    "copyreg.__newobj_ex__",
    "copyreg._reconstructor",
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "functools.partial",
    "itertools.count",
    "logging.getLogger",
    "re._compile",
    "time.struct_time",
    "types.GenericAlias",
    "types.MappingProxyType",
    "types.SimpleNamespace",
}
BUILTINS = (
    *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list"),
    *("object", "range", "set", "slice", "str", "tuple", "type", "Ellipsis", "NotImplemented"),
)
DATA_NAMES |= {f"builtins.{name}" for name in BUILTINS}
METHOD = "builtins.getattr"  # how a method of a network is written down; the caller checks of what
ITEM = "_operator.getitem"  # how typing.List[int] is written down, and ...
UNION = "_operator.or_"  # ... int | str, over which a reduction goes; the caller checks of what
REDUCTIONS = ("functools.reduce", "_functools.reduce")

# Other packages whose purpose is to run, load or compile something.
RUNNERS = (
    "IPython",
    "cloudpickle",
    "dill",
    "joblib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "pip",
    "pkg_resources",
    "setuptools",
    "torch._inductor",
    "torch.distributed.rpc",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.ops",
    "torch.package",
    "torch.utils.cpp_extension",
)

# Packages of networks. What they name is a part of a network, whatever it looks like.
NETWORKS = (
    "torch.nn.modules.",
    "models.common.",
    "models.experimental.",
    "models.yolo.",
    "ultralytics.nn.",
    "sdvbench.models.",
)

# Functions of other packages that put data together again, and classes that do not look like one.
REBUILDERS = re.compile(
    r"(\w+\.)+_+(pyx_)?(rebuild|reconstruct|restore|unpickle)\w*"  # as such functions are called
    r"|torch\.serialization\._get_layout"
    r"|torch\.(device|dtype|layout|memory_format)"
    r"|numpy\.(core|_core)\.(multiarray\.scalar|numeric\._frombuffer)"
    r"|numpy\.(dtype|ndarray|bool_?|str_|bytes_|void|u?int\d+|float\d+|complex\d+|datetime64)"
    r"|numpy\.random\._pickle\.__\w+_ctor"
    r"|numpy\.ma\.core\._mareconstruct"
    r"|pandas\.(\w+\.)+_new_\w+"
)

CLASS = re.compile(r"_*[A-Z]\w*(\._*[A-Z]\w*)*")


class RefusedError(Exception):
    """The file names, or calls, something that an ordinary unpickler would run."""

    def __init__(self, name: str, called: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.called = called


def current_name(module: str, name: str) -> tuple[str, str]:
    """The Python 3 name of what protocols 0 to 2 write under its Python 2 name."""
    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name


def may_be_named(module: str, name: str) -> bool:
    """Whether a file that mentions ``module.name`` is read at all."""
    full = f"{module}.{name}"
    top = module.partition(".")[0]
    if full in (METHOD, ITEM, UNION, *REDUCTIONS, *DATA_NAMES):
        return True
    if top in sys.stdlib_module_names:
        exception = module == "builtins" and name.endswith(("Error", "Exception", "Warning"))
        return exception or (module in DATA_MODULES and CLASS.fullmatch(name) is not None)
    if any(full == runner or full.startswith(f"{runner}.") for runner in RUNNERS):
        return False
    # "os.system" as a name inside of another package would be looked up through its imports.
    return "." not in name or CLASS.fullmatch(name) is not None


def may_be_called(module: str, name: str) -> bool:
    """Whether a call of ``module.name`` makes an object, as far as its name says.

    Outside of the networks' packages a function is not accepted: what it would have returned is
    part of the file's content, and is not known without running it.
    """
    full = f"{module}.{name}"
    if full in DATA_NAMES or CLASS.fullmatch(name) or REBUILDERS.fullmatch(full):
        return True
    return full.startswith(NETWORKS)
