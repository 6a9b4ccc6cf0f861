"""Draws the profile functions of pyimfit on a part of an image."""

import contextlib
import io
from functools import lru_cache

import numpy as np

# An image smaller than this would not hold the function's centre.
_SMALLEST_STAMP = 9


@lru_cache(maxsize=1)
def _pyimfit():
    import pyimfit

    return pyimfit


def draw_profile(name, shape, x, y, *, subsampling=True, **parameters):
    """Evaluate one image function of pyimfit, such as "Sersic": ``shape`` (ny, nx), float64.

    ``x`` and ``y`` are the centre [px], pixel centres at integers from 0. ``parameters`` are all of
    the function's by their names in Imfit, else ValueError; but ``PA`` [deg] is taken from +x
    towards +y, while Imfit counts from +y. ``subsampling`` integrates over the central pixels, for
    functions that are steep there.
    """
    pyimfit = _pyimfit()
    function = pyimfit.make_imfit_function(name)
    if set(function.parameterNameList()) != set(parameters):
        raise ValueError(
            f"{name} has the parameters {function.parameterNameList()}, got {sorted(parameters)}"
        )
    for parameter in function.parameterList():
        value = parameters[parameter.name]
        parameter.setValue(float(value - 90.0 if parameter.name == "PA" else value))
    model = pyimfit.SimpleModelDescription()
    model.x0.setValue(x + 1.0)
    model.y0.setValue(y + 1.0)
    model.addFunction(function)
    # The wrapper of pyimfit 1.1 prints a line per image.
    with contextlib.redirect_stdout(io.StringIO()):
        drawn = pyimfit.Imfit(model, subsampling=subsampling, maxThreads=1)
        return np.array(drawn.getModelImage(shape=shape))


def stamp_profile(shape, name, x, y, *, extent, **parameters):
    """Draw a function of `draw_profile` around its centre in an image of ``shape`` (ny, nx).

    The centre may lie outside the image. ``extent`` is half the side of the square beyond which the
    function is left out [px]. Returns the window, two slices of rows and columns, and what is
    inside, float64: both of no pixels if the square lies outside the image.
    """
    ny, nx = shape
    left, right = max(int(x - extent), 0), min(int(x + extent) + 2, nx)
    low, high = max(int(y - extent), 0), min(int(y + extent) + 2, ny)
    if right - left < 1 or high - low < 1:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0))
    size = (max(high - low, _SMALLEST_STAMP), max(right - left, _SMALLEST_STAMP))
    stamp = draw_profile(name, size, x - left, y - low, **parameters)
    window = (slice(low, high), slice(left, right))
    return window, stamp[: high - low, : right - left]


def add_profile(image, name, x, y, *, extent, **parameters):
    """Add a function to ``image`` (ny, nx), in place; the parameters are as in `stamp_profile`."""
    window, stamp = stamp_profile(image.shape, name, x, y, extent=extent, **parameters)
    image[window] += stamp
