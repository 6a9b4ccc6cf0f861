"""Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365).

The gradient is averaged along the straight path from a baseline to the image, and multiplied by the
difference of the two. The sum over all pixels is the difference of the network's outputs
(completeness), as near as the sum over steps is to the integral.
"""

import numpy as np

from galbar.attribution.baseline import blurred
from galbar.attribution.network_passes import compile_gradient
from galbar.attribution.window_method import WindowMethod


class IntegratedGradients(WindowMethod):
    """Integrated gradients of a network with one output, from the blurred image.

    Kinds are ``gradient_input`` (sum over channels of mean gradient x (image - baseline)) and
    ``absolute`` (max over channels of the absolute value of the product).

    Parameters
    ----------
    network, symmetries, kinds : see `galbar.attribution.window_method.WindowMethod`
    integration_steps : int, 1 or more
        Points of the path, in the middles of as many equal parts (midpoint rule).
    baseline_blur : float, above 0, see `galbar.attribution.baseline.blurred` [px]
    batch_size : int, 1 or more, points per pass of the network

    Raises
    ------
    ValueError, if a number is below 1, or see `WindowMethod`
    """

    def __init__(
        self,
        network,
        *,
        integration_steps,
        baseline_blur,
        batch_size,
        symmetries=False,
        kinds=("absolute",),
    ):
        super().__init__(network, kinds, symmetries)
        for name, value in (("integration_steps", integration_steps), ("batch_size", batch_size)):
            if value < 1:
                raise ValueError(f"heatmaps.{name} is {value}, expected 1 or more")
        self.steps, self.blur, self.batch_size = integration_steps, baseline_blur, batch_size
        self._gradient = compile_gradient(network)

    def explain(self, windows, galaxy_id):
        """Compute maps, kind -> (n, ny, nx), of windows (n, ny, nx, nc)."""
        difference = windows - blurred(windows, self.blur)
        products = difference * self._mean_gradient(windows, difference)
        return {
            "absolute": np.abs(products).max(axis=-1),
            "gradient_input": products.sum(axis=-1),
        }

    def _mean_gradient(self, windows, difference):
        """Average the gradient along the paths from windows - difference to windows."""
        total = np.zeros(windows.shape)
        points = len(windows) * self.steps
        for begin in range(0, points, self.batch_size):
            point = np.arange(begin, min(begin + self.batch_size, points))
            window, step = np.divmod(point, self.steps)
            left = (1 - (step + 0.5) / self.steps).astype(np.float32).reshape(-1, 1, 1, 1)
            gradients = self._gradient(windows[window] - left * difference[window])
            np.add.at(total, window, gradients)
        return total / self.steps
