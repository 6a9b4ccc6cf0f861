"""Occlusion (Zeiler & Fergus 2014, arXiv:1311.2901): how the output falls without a patch.

A square patch of the image is replaced by the same part of its baseline, at one position after
another. A pixel has the mean fall of the output over all the patches that cover it.
"""

import numpy as np

from galbar.attribution.baseline import blurred
from galbar.attribution.network_passes import compile_output
from galbar.attribution.window_method import WindowMethod


def patch_positions(side, patch, stride):
    """Return where patches begin along an axis [px]: every ``stride``, the last one at the end."""
    positions = list(range(0, side - patch + 1, stride))
    return positions if positions[-1] == side - patch else [*positions, side - patch]


class Occlusion(WindowMethod):
    """Occlusion of a network with one output, by patches of the blurred image.

    Kinds are ``signed`` (mean fall of the output) and ``absolute`` (mean of its absolute value).

    Parameters
    ----------
    network, symmetries, kinds : see `galbar.attribution.window_method.WindowMethod`
    occlusion_patch : int, side of the patch [px of the network], at most that of its input
    occlusion_stride : int, step of its positions [px of the network], at most the patch
    baseline_blur : float, above 0, see `galbar.attribution.baseline.blurred` [px]
    batch_size : int, 1 or more, patches per pass of the network

    Raises
    ------
    ValueError, if a number is out of range, or see `WindowMethod`
    """

    def __init__(
        self,
        network,
        *,
        occlusion_patch,
        occlusion_stride,
        baseline_blur,
        batch_size,
        symmetries=False,
        kinds=("absolute",),
    ):
        super().__init__(network, kinds, symmetries)
        for name, value, most in (
            ("occlusion_patch", occlusion_patch, min(self.shape[:2])),
            ("occlusion_stride", occlusion_stride, occlusion_patch),
            ("batch_size", batch_size, np.inf),
        ):
            if not 1 <= value <= most:
                raise ValueError(f"heatmaps.{name} is {value}, expected 1 to {most}")
        self.blur, self.batch_size = baseline_blur, batch_size
        rows, columns = (
            patch_positions(side, occlusion_patch, occlusion_stride) for side in self.shape[:2]
        )
        self._patches = [
            (slice(row, row + occlusion_patch), slice(column, column + occlusion_patch))
            for row in rows
            for column in columns
        ]
        self._output = compile_output(network)

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc)."""
        baselines = blurred(windows, self.blur)
        pairs = zip(windows, baselines, strict=True)
        falls = np.stack([self._falls(*pair) for pair in pairs]).astype(float)
        covered = self._spread(np.ones(len(self._patches)))
        return {
            "absolute": np.stack([self._spread(np.abs(fall)) / covered for fall in falls]),
            "signed": np.stack([self._spread(fall) / covered for fall in falls]),
        }

    def _falls(self, window, baseline):
        """Return how far the output falls without each patch of a window (ny, nx, nc)."""
        outputs = []
        for begin in range(0, len(self._patches), self.batch_size):
            patches = self._patches[begin : begin + self.batch_size]
            images = np.repeat(window[np.newaxis], len(patches), axis=0)
            for image, patch in zip(images, patches, strict=True):
                image[patch] = baseline[patch]
            outputs.append(self._output(images))
        return self._output(window[np.newaxis]) - np.concatenate(outputs)

    def _spread(self, values):
        """Add up the value of each patch over its pixels: (ny, nx), float64."""
        total = np.zeros(self.shape[:2])
        for value, patch in zip(values, self._patches, strict=True):
            total[patch] += value
        return total
