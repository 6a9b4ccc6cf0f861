"""Networks and numbers in a bundle: without what only training needs, code and other files."""

import io
import json
import zipfile

# Members of a file of Keras, as it stores them: not compressed.
_MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
_MODULES = (
    *("keras", "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints"),
    *("keras.models", "keras.src.models.functional"),
)
# Layers that compute and nothing else. Lambda, TFSMLayer, TorchModuleWrapper, ... load code.
_LAYERS = frozenset(
    {
        *("InputLayer", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Dense"),
        *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
        *("BatchNormalization", "LayerNormalization", "GroupNormalization"),
        *("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
        *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
        *("ZeroPadding2D", "Cropping2D", "UpSampling2D", "Flatten", "Reshape", "Permute"),
        *("Dropout", "SpatialDropout2D", "Rescaling"),
    }
)
_TOP = ("Functional", "DTypePolicy")


def without_optimizer(path):
    """Return a ``.keras`` file without the state of its optimizer, two thirds of it.

    Weights stay as they are, bit for bit. The same file gives the same bytes.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    bytes
    """
    import h5py

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in _MEMBERS}
    config = json.loads(members["config.json"]) | {"compile_config": None}
    members["config.json"] = json.dumps(config).encode()
    stripped = io.BytesIO()
    with (
        h5py.File(io.BytesIO(members["model.weights.h5"])) as source,
        h5py.File(stripped, "w") as target,
    ):
        for name in sorted(set(source) - {"optimizer"}):
            source.copy(name, target)
        target.attrs.update(source.attrs)
    members["model.weights.h5"] = stripped.getvalue()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def check_network(content, where):
    """Check that a ``.keras`` file holds weights and plain layers: nothing that is run.

    Parameters
    ----------
    content : bytes
    where : str, bundle and member, for the messages

    Raises
    ------
    ValueError
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if sorted(sizes) != sorted(_MEMBERS) or len(archive.infolist()) != len(_MEMBERS):
                raise ValueError(f"{where}: found {sorted(sizes)}, expected {', '.join(_MEMBERS)}")
            if sum(sizes.values()) > len(content):
                raise ValueError(
                    f"{where}: found {sum(sizes.values())} bytes when unpacked, expected what is "
                    f"not compressed, fewer than {len(content)}"
                )
            config = json.loads(archive.read("config.json"))
            check_links(archive.read("model.weights.h5"), f"{where}: model.weights.h5")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, RecursionError) as error:
        raise ValueError(f"{where}: found no file of Keras, expected one ({error})") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{where}: config.json: expected JSON ({error})") from error
    _check_objects(config, f"{where}: config.json")


def check_links(content, where):
    """Check that a file of HDF5 holds all that it shows: nothing of another file.

    Parameters
    ----------
    content : bytes
    where : str, bundle and member, for the messages

    Raises
    ------
    ValueError
    """
    import h5py

    def describe_link(name, link):
        return None if isinstance(link, h5py.HardLink) else f"{name}: found a {type(link).__name__}"

    def describe_data(name, member):
        outside = isinstance(member, h5py.Dataset) and (member.external or member.is_virtual)
        return f"{name}: found data of another file" if outside else None

    try:
        with h5py.File(io.BytesIO(content)) as store:
            fault = store.visititems_links(describe_link) or store.visititems(describe_data)
    except OSError as error:
        raise ValueError(f"{where}: found no file of HDF5, expected one ({error})") from error
    if fault:
        raise ValueError(f"{where}: {fault}, expected all in this one")


def _check_objects(config, where):
    """Refuse every object of a network that is no plain layer, initializer or the like."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            name, module = value.get("class_name"), value.get("module")
            if name is None or (name == "__keras_tensor__" and module is None):
                continue
            plain = module in _MODULES and value.get("registered_name") in (None, name)
            if module in ("keras", "keras.layers", "keras.models", "keras.src.models.functional"):
                plain = plain and name in (*_LAYERS, *_TOP)
            if not plain:
                raise ValueError(
                    f"{where}: found {module}.{name}, expected plain layers of Keras only: a "
                    "bundle holds no code"
                )
        elif isinstance(value, list):
            waiting += value
