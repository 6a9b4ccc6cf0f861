"""Learning rates, step by step."""

import math

import keras

SCHEDULES = ("plateau", "cosine", "constant")


def rate_factor(schedule, step, *, decay, steps):
    """Return the factor on the learning rate after ``step`` of at most ``steps`` steps.

    "plateau" (published): 1 / (1 + decay x step), the meaning of ``decay`` in Keras 2. "cosine":
    half a cosine from 1 to 0 over all steps of the longest possible training. "constant": 1.
    ValueError for another schedule.
    """
    if schedule == "plateau":
        return 1 / (1 + decay * step)
    if schedule == "cosine":
        return (1 + math.cos(math.pi * min(1.0, step / steps))) / 2
    if schedule == "constant":
        return 1.0
    raise ValueError(f"schedule is {schedule!r}, expected one of {', '.join(SCHEDULES)}")


class StepRate(keras.callbacks.Callback):
    """Set the rate before every step to the epoch's base rate times `rate_factor`.

    Between epochs the optimizer holds the base rate alone: that is the one that ReduceLROnPlateau,
    which must come later in the list, reads and lowers, as in Keras 2. ``rate`` is the last step's.
    """

    def __init__(self, schedule, *, decay, steps):
        super().__init__()
        self._settings = {"schedule": schedule, "decay": decay, "steps": steps}
        rate_factor(step=0, **self._settings)
        self._base = self._step = None
        self.rate = None

    def on_train_begin(self, logs=None):
        """Continue from the optimizer's step count, which a resumed training restores."""
        self._step = int(_number(self.model.optimizer.iterations))

    def on_epoch_begin(self, epoch, logs=None):
        """Read the base rate, which may have been lowered."""
        self._base = float(_number(self.model.optimizer.learning_rate))

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of this step."""
        self.rate = self._base * rate_factor(step=self._step, **self._settings)
        self.model.optimizer.learning_rate = self.rate
        self._step += 1

    def on_epoch_end(self, epoch, logs=None):
        """Restore the base rate."""
        self.model.optimizer.learning_rate = self._base


def _number(variable):
    """Return the value of a variable, also of one that several devices hold."""
    return keras.ops.convert_to_numpy(variable)
