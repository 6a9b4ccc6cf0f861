"""What a training leaves behind while it runs: a table of its epochs, and lines in the log."""

import logging
import time

import keras
import pandas as pd

from galbar.io.atomic import write_csv

logger = logging.getLogger(__name__)

LOG_COLUMNS = (
    "epoch",
    "loss",
    "root_mean_squared_error",
    "val_loss",
    "val_root_mean_squared_error",
    "learning_rate",
)

# Time between two lines of the log within an epoch [s].
_LOG_EVERY = 30.0


class EpochLog(keras.callbacks.Callback):
    """Table of the epochs and lines about them in the job's log.

    The CSV file is whole after every epoch. ``steps`` and ``images`` are per epoch, ``epochs`` the
    largest number. ``rows`` holds one dict per epoch, keys `LOG_COLUMNS`; ``seconds`` the duration
    of each epoch with its validation [s].
    """

    def __init__(self, path, *, steps, epochs, images):
        super().__init__()
        self._path, self._steps, self._epochs, self._images = path, steps, epochs, images
        self._begin = self._last = None
        self.rate = None
        self.rows, self.seconds = [], []

    def restore(self, rows, seconds):
        """Take over the rows of a resumed training, and write them."""
        self.rows, self.seconds = list(rows), list(seconds)
        self._write()

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self._begin = self._last = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Log the progress within the epoch from time to time."""
        now = time.monotonic()
        if now - self._last >= _LOG_EVERY:
            rate = (batch + 1) / (now - self._begin)
            left = (self._steps - batch - 1) / rate
            done = f"{batch + 1} of {self._steps} steps of epoch {len(self.rows) + 1}"
            logger.info("%s, %.3g steps per second, %.0f s left in it", done, rate, left)
            self._last = now

    def on_epoch_end(self, epoch, logs=None):
        """Add the epoch to the table and write it."""
        seconds = time.monotonic() - self._begin
        self.seconds.append(seconds)
        values = {**logs, "epoch": epoch, "learning_rate": self.rate.rate}
        self.rows.append({name: values[name] for name in LOG_COLUMNS})
        self._write()
        logger.info(
            "epoch %d of at most %d: RMSE %.5f, validation %.5f, learning rate %.2e, "
            "%.1f s (%.1f images per second)",
            epoch + 1,
            self._epochs,
            logs["root_mean_squared_error"],
            logs["val_root_mean_squared_error"],
            self.rate.rate,
            seconds,
            self._images / seconds,
        )

    def _write(self):
        write_csv(pd.DataFrame(self.rows, columns=LOG_COLUMNS), self._path)
