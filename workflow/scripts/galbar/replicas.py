"""One training on several GPUs: each holds a copy of the network and takes its part of every batch.

The batch of the configuration is that of all replicas together, and the step that is taken is that
of one device: the gradient of the mean loss over the batch. Keras averages the means of the parts,
which is the same only where the parts are equal. So a batch that cannot be divided is filled up
with copies of its images that have the weight 0 (`fill_up`).

Batch normalisation normalises each part by the part's own mean and variance. Keras lets its moving
statistics drift apart, so that every replica would validate another network; `SharedStatistics`
averages them before each validation.
"""

import logging
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf

from galbar.devices import has_gpu

__all__ = [
    "SharedStatistics",
    "count_replicas",
    "fill_up",
    "open_strategy",
    "padded_count",
    "scope_of",
]

logger = logging.getLogger(__name__)


def open_strategy(gpus):
    """Make the strategy of a training; one at most in a process.

    Parameters
    ----------
    gpus : int
        GPUs that the job has asked for (`galbar.devices.requested_gpus`), all of them visible
        (`galbar.devices.check_gpu`).

    Returns
    -------
    tf.distribute.Strategy or None
        None where one device trains: for one GPU, and on a processor.
    """
    if gpus < 2 or not has_gpu():
        return None
    return tf.distribute.MirroredStrategy([f"GPU:{number}" for number in range(gpus)])


def count_replicas(strategy):
    """Count the devices that share a batch; 1 without a strategy."""
    return 1 if strategy is None else strategy.num_replicas_in_sync


def scope_of(strategy):
    """Context in which a network and its optimizer are made; an empty one without a strategy."""
    return nullcontext() if strategy is None else strategy.scope()


def padded_count(count, batch_size, replicas):
    """Count the images of one pass, copies included.

    Parameters
    ----------
    count : int
        Number of images.
    batch_size : int
        Of all replicas together.
    replicas : int
        Number of parts of each batch.

    Returns
    -------
    int
        Sum of the sizes of all batches after `fill_up`.
    """
    whole, rest = divmod(count, batch_size)
    sizes = [batch_size] * whole + [rest] * bool(rest)
    return sum(-(-size // replicas) * replicas for size in sizes)


def fill_up(columns, replicas):
    """Fill a batch up with copies of its rows, so that every replica gets as many.

    Parameters
    ----------
    columns : tuple of tensor, shape (m, ...)
        Rows of one batch, m at least 1.
    replicas : int
        Number of parts.

    Returns
    -------
    columns : tuple of tensor, shape (p, ...)
        p is the next multiple of ``replicas``; what is added are the first rows again.
    weights : tensor, shape (p,), float32
        p / m for the rows, 0 for copies: the mean over the p weighted losses is the mean over the
        m rows.
    """
    count = tf.shape(columns[0])[0]
    padded = -(-count // replicas) * replicas
    rows = tf.range(padded)
    share = tf.cast(padded, tf.float32) / tf.cast(count, tf.float32)
    weights = tf.where(rows < count, share, 0.0)
    return tuple(tf.gather(column, rows % count) for column in columns), weights


class SharedStatistics(keras.callbacks.Callback):
    """Average the moving statistics of batch normalisation over the replicas.

    Before each validation, so that what is validated, kept and stored is one network.
    """

    def on_test_begin(self, logs=None):
        """Put the mean of the replicas' values into all of them."""
        for variable in self.model.non_trainable_variables:
            copies = getattr(variable.value, "values", ())
            if len(copies) > 1 and tf.as_dtype(variable.dtype).is_floating:
                values = [np.asarray(copy, dtype=np.float64) for copy in copies]
                variable.assign(np.mean(values, axis=0))
