"""Batches of images for the networks: decoded before, the same whatever the number of threads.

Canvases lie in one order (that of the table), so that a galaxy's row number keys its change. They
are kept in memory as bytes where they fit, else read in every epoch.
"""

import hashlib
import logging
import math

import numpy as np
import tensorflow as tf

from galbar.io.decoded_images import DecodedImages
from galbar.training.augmentation import change_images, draw_changes, plain_images

logger = logging.getLogger(__name__)

# Share of a job's memory that the images may take: the rest is the network's.
_CACHE_SHARE = 0.5

# Images that are read at once where all are read once.
_READ_AT_ONCE = 256


class Canvases:
    """The images of a table at the scale of a network's input.

    Parameters
    ----------
    images : galbar.io.decoded_images.DecodedImages, n galaxies
    keep : bool
        Read all images at once and keep them; else read them whenever they are wanted.

    Attributes
    ----------
    galaxy_ids : ndarray, shape (n,), int64
    height, width : int, of the network's input [px]
    crop : float, side of the central part that the network sees over the side of the image
    shape : tuple of int, (ny, nx, 3), of one image
    pixels : ndarray, shape (n, ny, nx, 3), uint8; None where the images are not kept
    """

    def __init__(self, images, *, keep=True):
        self.galaxy_ids = images.galaxy_ids
        self.height, self.width, self.crop = images.height, images.width, images.crop
        self.shape = images.shape
        self.pixels = images.read(np.arange(len(images))) if keep else None
        # NumPy keeps the images out of the graph, and off a GPU.
        self._read = self.pixels.__getitem__ if keep else images.read

    def __len__(self):
        return len(self.galaxy_ids)

    def digest(self):
        """Return the SHA-256 of all images, in the table's order."""
        digest = hashlib.sha256()
        for start in range(0, len(self), _READ_AT_ONCE):
            digest.update(self._read(np.arange(start, min(start + _READ_AT_ONCE, len(self)))))
        return digest.hexdigest()

    def batch(self, rows):
        """Return canvases (m, ny, nx, 3), uint8, of rows (m,), int64, in a dataset's function."""
        return tf.ensure_shape(tf.numpy_function(self._read, [rows], tf.uint8), (None, *self.shape))


def fits_in_memory(count, shape, memory_mb):
    """Return whether images take at most half a job's memory [MB], a network the rest.

    ``shape`` is that of one of the ``count`` images, (ny, nx, 3), in bytes. All of the challenge's
    training images take 9.3 GB at 224 px.
    """
    megabytes = count * math.prod(shape) / 1e6
    fits = megabytes <= _CACHE_SHARE * memory_mb
    handling = "kept in memory" if fits else "read anew in every epoch"
    message = "%d decoded images take %.0f MB of the job's %.0f MB: they are %s"
    logger.info(message, count, megabytes, memory_mb, handling)
    return fits


def open_canvases(decoded, galaxy_ids, *, height, width, crop, memory_mb):
    """Open the images of a table, kept in memory if they fit.

    Parameters
    ----------
    decoded : str or Path, file of decoded images
    galaxy_ids : array_like, shape (n,), int64, the table's column ``galaxy_id``
    height, width, crop : see `Canvases`; what the images must have been decoded for
    memory_mb : float, memory of the job [MB]; 0: keep nothing, the images are wanted once

    Returns
    -------
    Canvases

    Raises
    ------
    FileNotFoundError, ValueError : see `galbar.io.decoded_images.DecodedImages`
    """
    images = DecodedImages(decoded, galaxy_ids, height=height, width=width, crop=crop)
    keep = memory_mb > 0 and fits_in_memory(len(images), images.shape, memory_mb)
    return Canvases(images, keep=keep)


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
