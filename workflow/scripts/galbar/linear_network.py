"""A trained network as heat maps need it: without its last non-linearity, with one output."""

import hashlib
from pathlib import Path
from zipfile import BadZipFile

import keras

from galbar.votes import VOTE_COLUMNS

__all__ = ["file_digest", "load_for_saliency", "load_linear", "select_output"]

_REPLACED = ("sigmoid", "softplus", "softmax", "linear")


def file_digest(path):
    """SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_linear(path):
    """Load a network without the non-linearity of its last layer.

    Where a sigmoid saturates its gradient vanishes, though the evidence does not (published
    step). Nothing is traced before the swap: a function traced earlier would keep the old one.

    Parameters
    ----------
    path : str or Path
        A ``.keras`` file whose last layer ends in a sigmoid, softplus or nothing.

    Returns
    -------
    keras.Model
        With linear outputs; not compiled.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file cannot be loaded, or its last layer has no such activation.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such network")
    try:
        network = keras.models.load_model(path, compile=False)
    except (BadZipFile, KeyError, OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: cannot load the network ({error})") from error
    last = network.layers[-1]
    name = getattr(getattr(last, "activation", None), "__name__", None)
    if name not in _REPLACED:
        raise ValueError(
            f"{path}: the last layer {last.name!r} has the activation {name}, "
            f"expected one of {', '.join(_REPLACED)}"
        )
    last.activation = keras.activations.linear
    return network


def select_output(network, output):
    """Build the network of one output.

    Parameters
    ----------
    network : keras.Model
        With one output per vote, or one output in all.
    output : str
        One of the votes (`galbar.votes.VOTE_COLUMNS`); a network with one output has that one,
        whatever its name.

    Returns
    -------
    keras.Model
        Shares its layers with ``network``; its output has the shape (n, 1).

    Raises
    ------
    ValueError
        If the output is unknown or the number of outputs is another.
    """
    outputs = network.output_shape[-1]
    if outputs == 1:
        return network
    if outputs != len(VOTE_COLUMNS):
        raise ValueError(f"network of {outputs} outputs, expected {len(VOTE_COLUMNS)} or 1")
    if output not in VOTE_COLUMNS:
        raise ValueError(
            f"heatmaps.output is {output!r}, expected one of {', '.join(VOTE_COLUMNS)}"
        )
    column = VOTE_COLUMNS.index(output)
    return keras.Model(network.inputs[0], network.outputs[0][:, column : column + 1])


def load_for_saliency(path, output, shape=None):
    """Load a network for heat maps: linear, one output; see `load_linear`, `select_output`.

    Parameters
    ----------
    path : str or Path
        A ``.keras`` file.
    output : str
        Name of the output.
    shape : tuple of int, optional
        ``(ny, nx)`` of the input that is expected.

    Returns
    -------
    network : keras.Model
        Output of shape (n, 1).
    digest : str
        SHA-256 of the file.

    Raises
    ------
    FileNotFoundError, ValueError
        See `load_linear` and `select_output`; or if the input has another shape.
    """
    network = load_linear(path)
    if shape is not None and tuple(network.input_shape[1:3]) != tuple(shape):
        found = " x ".join(map(str, network.input_shape[1:3]))
        raise ValueError(
            f"{path}: a network for images of {found} px, expected "
            f"image.height x image.width = {shape[0]} x {shape[1]} px"
        )
    return select_output(network, output), file_digest(path)
