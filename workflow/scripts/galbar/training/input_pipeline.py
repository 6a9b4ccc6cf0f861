"""Batches of images for the networks: decoded once, the same whatever the number of threads.

Canvases lie in one order (that of the table), so that a galaxy's row number keys its change. They
are kept in memory as bytes where they fit, else decoded in every epoch.
"""

import logging
import math
from pathlib import Path

import numpy as np
import tensorflow as tf

from galbar.io.images import canvas_shape, read_canvases
from galbar.io.job_log import progress
from galbar.training.augmentation import change_images, draw_changes, plain_images

logger = logging.getLogger(__name__)

# Share of a job's memory that the decoded images may take: the rest is the network's.
_CACHE_SHARE = 0.5


class Canvases:
    """The images of a table at the scale of a network's input.

    Parameters
    ----------
    paths : sequence of str or Path, length n, image files of 424 x 424 px
    height, width : int, of the network's input [px]
    crop : float, side of the central part that the network sees over the side of the image
    threads : int, that decode
    keep : bool
        Decode all images once, at once, and keep them; else decode them whenever they are wanted.

    Attributes
    ----------
    pixels : ndarray, shape (n, ny, nx, 3), uint8; None where the decoded images are not kept

    Raises
    ------
    FileNotFoundError, ValueError
        See `galbar.io.images.read_image`; at once for images that are kept, else when read.
    """

    def __init__(self, paths, *, height, width, crop, threads, keep=True):
        self.paths = [str(path) for path in paths]
        self.height, self.width, self.crop, self.threads = height, width, crop, threads
        self.shape = (*canvas_shape(height, width, crop), 3)
        self.pixels = None
        if keep:
            self.pixels = np.empty((len(self.paths), *self.shape), dtype=np.uint8)
            canvases = read_canvases(self.paths, height, width, crop, threads)
            for row, canvas in enumerate(progress(canvases, len(self.paths), "images decoded")):
                self.pixels[row] = canvas

    def __len__(self):
        return len(self.paths)

    def batch(self, rows):
        """Return canvases (m, ny, nx, 3), uint8, of rows (m,), int64, in a dataset's function."""
        # NumPy keeps the images out of the graph, and off a GPU.
        read = self._read if self.pixels is None else self.pixels.__getitem__
        return tf.ensure_shape(tf.numpy_function(read, [rows], tf.uint8), (None, *self.shape))

    def _read(self, rows):
        paths = [self.paths[row] for row in rows]
        size = (self.height, self.width, self.crop)
        return np.stack(list(read_canvases(paths, *size, self.threads)))


def fits_in_memory(count, *, height, width, crop, memory_mb):
    """Return whether decoded images take at most half a job's memory [MB], a network the rest.

    All of the challenge's training images take 9.3 GB at 224 px.
    """
    megabytes = count * math.prod(canvas_shape(height, width, crop)) * 3 / 1e6
    fits = megabytes <= _CACHE_SHARE * memory_mb
    handling = "kept in memory" if fits else "decoded anew in every epoch"
    message = "%d decoded images take %.0f MB of the job's %.0f MB: they are %s"
    logger.info(message, count, megabytes, memory_mb, handling)
    return fits


def open_canvases(directory, images, *, height, width, crop, threads, memory_mb):
    """Open the images of a table, kept in memory if they fit.

    Parameters
    ----------
    directory : str or Path, what the table's paths are relative to
    images : sequence of str, length n, the table's column ``image``
    height, width, crop, threads : see `Canvases`
    memory_mb : float, memory of the job [MB]; 0: keep nothing, the images are wanted once

    Returns
    -------
    Canvases
    """
    size = {"height": height, "width": width, "crop": crop}
    keep = memory_mb > 0 and fits_in_memory(len(images), **size, memory_mb=memory_mb)
    paths = [Path(directory, name) for name in images]
    return Canvases(paths, **size, threads=threads, keep=keep)


def training_batches(canvases, rows, targets, augmentation, *, batch_size, seed, first_epoch=0):
    """Make endless batches of augmented images, each epoch in a new order.

    Parameters
    ----------
    canvases : Canvases
    rows : array_like, shape (n,), int, rows of the canvases to train on
    targets : array_like, shape (n, outputs), float, what the network shall give for them
    augmentation : galbar.training.augmentation.Augmentation
    batch_size : int; the last of the ceil(n / batch_size) batches of an epoch may be smaller
    seed : int, of the order and of the changes
    first_epoch : int, number of the epoch to begin with (of a training that is resumed)

    Returns
    -------
    tf.data.Dataset
        Elements: images (m, height, width, 3), 0 to 1, and targets (m, outputs), both float32.
    """
    rows = tf.constant(np.asarray(rows), dtype=tf.int64)
    targets = tf.constant(np.asarray(targets), dtype=tf.float32)
    count = len(rows)

    def one_epoch(epoch):
        order = tf.random.experimental.stateless_shuffle(
            tf.range(count), seed=tf.stack([tf.cast(seed + 1, tf.int64), epoch])
        )
        # Drawn for all rows of the table, so that a row number alone is a galaxy's key.
        changes = draw_changes(augmentation, len(canvases), seed=seed, epoch=epoch)
        table = rows, tf.gather(changes, rows), targets
        shuffled = tuple(tf.gather(column, order) for column in table)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    def finish(numbers, changes, wanted):
        size = {"height": canvases.height, "width": canvases.width}
        pixels = canvases.batch(numbers)
        images = change_images(pixels, changes, fill_mode=augmentation.fill_mode, **size)
        return images, wanted

    epochs = tf.data.Dataset.counter(first_epoch).flat_map(one_epoch)
    return epochs.map(finish, num_parallel_calls=2, deterministic=True).prefetch(2)


def plain_batches(canvases, rows, targets=None, *, batch_size):
    """Make batches for one pass over unchanged images, in the order of ``rows``.

    Elements are images (m, height, width, 3), 0 to 1, float32, with their targets (m, outputs), if
    given; see `training_batches`.
    """
    rows = np.asarray(rows, dtype=np.int64)
    size = {"height": canvases.height, "width": canvases.width}
    columns = (rows,) if targets is None else (rows, np.asarray(targets, dtype=np.float32))

    def finish(numbers, *wanted):
        images = plain_images(canvases.batch(numbers), **size)
        return (images, *wanted) if wanted else images

    batches = tf.data.Dataset.from_tensor_slices(columns).batch(batch_size)
    return batches.map(finish, num_parallel_calls=2, deterministic=True).prefetch(2)
