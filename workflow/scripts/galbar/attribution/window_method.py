"""Attribution methods that see the network's window alone: what they share.

Without noise and shifts a map depends on the network and the window only. ``symmetries`` (ours) is
for all of them: the window is laid in the eight orientations of a square, and the mean of the maps,
each turned back, is the map. What differs between orientations is the network's and not the
galaxy's.
"""

import numpy as np

from galbar.io.images import centre_crop


def turn(image, orientation):
    """Lay a square image (n, n, ...) in one of the eight orientations of a square.

    As `galbar.attribution.smoothgrad.turn`, for numpy: bit 2 of ``orientation`` swaps rows and
    columns, bit 1 mirrors the rows, then bit 0 the columns.
    """
    image = image.swapaxes(0, 1) if orientation & 4 else image
    image = image[::-1] if orientation & 2 else image
    return image[:, ::-1] if orientation & 1 else image


def turn_back(image, orientation):
    """Undo `turn`."""
    image = image[:, ::-1] if orientation & 1 else image
    image = image[::-1] if orientation & 2 else image
    return image.swapaxes(0, 1) if orientation & 4 else image


class WindowMethod:
    """A method whose `explain` gives the maps of a few windows; a base.

    Calling it with ``(canvas, galaxy_id)`` returns a dict: kind -> map (ny, nx), float32, not
    normalised; see `galbar.attribution.smoothgrad.SmoothGrad`.

    Parameters
    ----------
    network : keras.Model, input (n, ny, nx, nc), output (n, 1)
        See `galbar.networks.linear_output.load_for_saliency`.
    kinds : sequence of str, some of those that the method has
    symmetries : bool, whether maps are averaged over the eight orientations

    Raises
    ------
    ValueError, with ``symmetries``, if the network's images are not square
    """

    def __init__(self, network, kinds, symmetries):
        self.network = network
        self.shape = tuple(network.input_shape[1:])
        self.kinds = tuple(kinds)
        if symmetries and self.shape[0] != self.shape[1]:
            raise ValueError(f"symmetries need square images, the network's are {self.shape[:2]}")
        self.orientations = range(8) if symmetries else (0,)

    def __call__(self, canvas, galaxy_id):
        """Compute the maps of one galaxy, kind -> (ny, nx), float32.

        ``canvas`` is (ny, nx, nc), float32, 0 to 1; ``galaxy_id`` is any 64-bit integer.
        """
        window = np.asarray(centre_crop(canvas, *self.shape[:2]), dtype=np.float32)
        windows = np.stack([turn(window, orientation) for orientation in self.orientations])
        maps = self.explain(windows, galaxy_id)
        return {kind: self._mean(maps[kind]) for kind in self.kinds}

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc) of one galaxy."""
        raise NotImplementedError

    def _mean(self, maps):
        """Average the maps (n, ny, nx) of all orientations."""
        pairs = zip(maps, self.orientations, strict=True)
        turned = [turn_back(np.asarray(heatmap, float), number) for heatmap, number in pairs]
        return np.mean(turned, axis=0).astype(np.float32)
