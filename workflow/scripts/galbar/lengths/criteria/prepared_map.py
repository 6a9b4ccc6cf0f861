"""A prepared heat map, with what several settings need of it computed once."""

from functools import cached_property

from galbar.lengths.criteria.record import Mask
from galbar.lengths.criteria.threshold_scan import ThresholdScan


class PreparedMap:
    """A prepared heat map that criteria isolate the bar in.

    Parameters
    ----------
    values : ndarray, shape (ny, nx), float64
        Map of `galbar.lengths.preparation.prepare_map`, without NaN. Not to be changed.
    """

    def __init__(self, values):
        self.values = values
        self._scanned = {}

    @cached_property
    def scan(self):
        """Return the masks of the rising threshold, see `ThresholdScan`."""
        return ThresholdScan(self.values)

    def stop_scan(self, measure, thresholds, len_thresholds):
        """Return the mask at which each of some scans stops, see `ThresholdScan.stop`.

        Settings that stop at the same threshold share a mask, and with it a length.
        """
        numbers, stopped = self.scan.stop(measure, thresholds, len_thresholds)
        keys = list(zip(numbers.tolist(), stopped.tolist(), strict=True))
        for key in keys:
            if key not in self._scanned:
                self._scanned[key] = Mask(*self.scan.pixels(key[0]), stopped=key[1])
        return [self._scanned[key] for key in keys]
