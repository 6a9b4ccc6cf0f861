"""Bootstrap resamples of any number of galaxies, drawn in blocks.

A resample of n galaxies is how often it holds each of them. Up to `WHOLE` galaxies all resamples
are one matrix (samples, n). A matrix of more would not fit into memory: it is cut into tiles, each
drawn from its own seed whenever it is needed. How many members of a resample fall into each block
of galaxies is multinomial, and within a block they are drawn alike, which is the same bootstrap.
"""

import numpy as np

__all__ = ["WHOLE", "Resamples"]

# Galaxies that are drawn as one matrix: the catalogue of Hoyle et al. 2011 is, in the way that it
# always was. Also the galaxies of a tile.
WHOLE = 4096
_ROWS = 16
# Rows of a product of matrices, and elements of a group of resamples: some MB each.
_PRODUCT_ROWS = 64
_GROUP = 1 << 19


class Resamples:
    """Bootstrap resamples of n galaxies, of which a few are in memory at a time.

    Parameters
    ----------
    n : int
        Number of galaxies.
    samples : int
        Number of resamples.
    seed : int or sequence of int
        The same seed gives the same resamples, however they are walked through.
    """

    def __init__(self, n, samples, seed):
        self.n, self.samples, self._seed = n, samples, seed
        self._blocks = [slice(begin, min(begin + WHOLE, n)) for begin in range(0, n, WHOLE)]
        self._matrix = self._members = None
        if n <= WHOLE:
            self._matrix = _draw_matrix(n, samples, seed)
        else:
            sizes = np.array([block.stop - block.start for block in self._blocks])
            # A galaxy of the resample falls into each block with the share of its galaxies.
            self._members = self._generator().multinomial(n, sizes / n, size=samples)

    def groups(self, members=slice(None)):
        """Walk through the resamples: all galaxies of a few resamples at a time.

        Parameters
        ----------
        members : ndarray of bool, shape (n,), optional
            The m galaxies that are wanted.

        Yields
        ------
        rows : slice
            Which of the resamples.
        counts : ndarray of float, shape (rows, m)
            How often they hold each galaxy.
        """
        size = max(1, _GROUP // max(1, self.n))
        drawn_at_once = _ROWS if self._matrix is None else self.samples
        for begin in range(0, self.samples, drawn_at_once):
            drawn = self._draw_rows(begin)
            for first in range(0, len(drawn), size):
                counts = drawn[first : first + size, members].astype(float)
                yield slice(begin + first, begin + first + len(counts)), counts

    def sums(self, parts, width):
        """Sum quantities of galaxies over each resample, a block of galaxies at a time.

        Parameters
        ----------
        parts : callable
            Of a slice of galaxies; returns an ndarray (galaxies, width), float without NaN.
        width : int
            Number of quantities.

        Returns
        -------
        ndarray of float, shape (samples, width)
        """
        total = np.zeros((self.samples, width))
        for place, galaxies in enumerate(self._blocks):
            block = parts(galaxies)
            for begin in range(0, self.samples, _PRODUCT_ROWS):
                rows = slice(begin, min(begin + _PRODUCT_ROWS, self.samples))
                total[rows] += self._draw_block(rows, place).astype(float) @ block
        return total

    def _draw_rows(self, begin):
        """Draw all galaxies of `_ROWS` resamples, or of all of them where they are one matrix."""
        if self._matrix is not None:
            return self._matrix
        return np.hstack([self._tile(begin, place) for place in range(len(self._blocks))])

    def _draw_block(self, rows, place):
        """Draw some resamples, beginning with the first of a tile, of one block of galaxies."""
        if self._matrix is not None:
            return self._matrix[rows]
        tiles = [self._tile(begin, place) for begin in range(rows.start, rows.stop, _ROWS)]
        return np.vstack(tiles)

    def _tile(self, begin, place):
        """How often `_ROWS` resamples hold the galaxies of a block, (rows, galaxies) uint16."""
        size = self._blocks[place].stop - self._blocks[place].start
        members = self._members[begin : begin + _ROWS, place]
        drawn = self._generator(begin // _ROWS, place).integers(size, size=members.sum())
        return _count(drawn, members, size).astype(np.uint16)

    def _generator(self, *key):
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))


def _draw_matrix(n, samples, seed):
    """Draw all resamples from one generator, some rows at a time: (samples, n) uint16."""
    rng = np.random.default_rng(seed)
    matrix = np.empty((samples, n), dtype=np.uint16)
    for begin in range(0, samples, _PRODUCT_ROWS):
        rows = matrix[begin : begin + _PRODUCT_ROWS]
        rows[:] = _count(rng.integers(n, size=rows.size), np.full(len(rows), n), n)
    return matrix


def _count(drawn, members, n):
    """Count how often each of n galaxies was drawn, the first ``members[0]`` for row 0, ..."""
    rows = len(members)
    drawn = drawn + n * np.repeat(np.arange(rows), members)
    return np.bincount(drawn, minlength=rows * n).reshape(rows, n)
