"""A trained network as heat maps need it: without its last non-linearity, with one output."""

from pathlib import Path
from zipfile import BadZipFile

import keras

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.atomic import file_digest

_REPLACED = ("sigmoid", "softplus", "softmax", "linear")


def load_linear(path, shape=None):
    """Load a ``.keras`` file without the non-linearity of its last layer, not compiled.

    Where a sigmoid saturates its gradient vanishes, though the evidence does not (published step).
    Nothing is traced before the swap: a function traced earlier would keep the old one. Raises
    FileNotFoundError, or ValueError for what cannot be loaded, ends in an unknown activation, or
    has an input of another ``shape`` (ny, nx) than expected.
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
    if shape is not None and tuple(network.input_shape[1:3]) != tuple(shape):
        size_px = " x ".join(map(str, network.input_shape[1:3]))
        raise ValueError(
            f"{path}: a network for images of {size_px} px, expected "
            f"image.height x image.width = {shape[0]} x {shape[1]} px"
        )
    return network


def select_output(network, output, against=None):
    """Build the network of one output, or of the difference of two.

    Parameters
    ----------
    network : keras.Model, with one output per vote, or one output in all
    output : str
        One of `galbar.catalogues.decision_tree.VOTE_COLUMNS`; of a network with one output, any.
    against : str, optional
        Vote that is subtracted. With linear outputs, the logarithms of the odds of two answers to
        one question, the difference speaks for the one rather than the other (ours, not published).

    Returns
    -------
    keras.Model, sharing its layers with ``network``; of output shape (n, 1)

    Raises
    ------
    ValueError, if an output is unknown, the number of outputs is another, or there is no second one
    """
    outputs = network.output_shape[-1]
    if outputs == 1 and against is None:
        return network
    if outputs == 1:
        raise ValueError(f"heatmaps.against is {against!r}, but the network has one output")
    if outputs != len(VOTE_COLUMNS):
        raise ValueError(f"network of {outputs} outputs, expected {len(VOTE_COLUMNS)} or 1")
    selected = _column(network, "output", output)
    if against is not None:
        selected = selected - _column(network, "against", against)
    return keras.Model(network.inputs[0], selected)


def _column(network, key, vote):
    """Return the output of one vote, shape (n, 1)."""
    if vote not in VOTE_COLUMNS:
        raise ValueError(f"heatmaps.{key} is {vote!r}, expected one of {', '.join(VOTE_COLUMNS)}")
    column = VOTE_COLUMNS.index(vote)
    return network.outputs[0][:, column : column + 1]


def load_for_saliency(path, output, shape=None, against=None):
    """Load a network for heat maps: linear, one output.

    Parameters
    ----------
    path : str or Path, a ``.keras`` file
    output, against : str, see `select_output`
    shape : tuple of int, optional, ``(ny, nx)`` of the input that is expected

    Returns
    -------
    network : keras.Model, output of shape (n, 1)
    digest : str, SHA-256 of the file

    Raises
    ------
    FileNotFoundError, ValueError
        See `load_linear` and `select_output`.
    """
    return select_output(load_linear(path, shape), output, against), file_digest(path)
