"""Heat maps by SmoothGrad (Smilkov et al. 2017, arXiv:1706.03825), compiled.

The gradient of one output of a network with respect to its input is averaged over samples of the
input with noise added. One compiled function does a whole galaxy: it draws the noise, loops over
batches and keeps sums only, so that the cost of a call is paid once per galaxy and memory does not
grow with the number of samples.

A map depends on the network, the image, the settings and the galaxy's id alone. Sample number ``s``
of a galaxy takes its noise from a counter-based generator (Philox) with the 128-bit seed [galaxy
id, (seed, s, what is drawn)]: no state, so neither other galaxies nor their order nor the split of
a catalogue among jobs play a role, and no two samples share numbers. All networks see the same
noise, so that their maps differ by the networks. The size of the batches is part of the definition,
because float32 sums depend on it (5e-8).

``jitter`` (ours, not published): each sample sees a window shifted by whole pixels, and its
gradient is moved back before anything is averaged. Convolutions with strides weight the pixels of
their grid unequally: a checkerboard, the same for every galaxy, which hides the bar. Over shifts
that cover the stride it averages out. A pixel is divided by the number of windows that covered it;
the first sample is not shifted, so that this is never zero.

``symmetries`` (ours): sample ``s`` sees the image in orientation ``s`` modulo 8 of the eight in
which a square can lie, and its gradient is turned back. Training shows all of them, so that what
differs between them is the network's imperfection; over a multiple of 8 samples it cancels.

``antithetic`` (ours): samples ``2 p`` and ``2 p + 1`` see the noise of pair ``p`` with opposite
signs, and its shift and orientation. What is odd in the noise cancels within the pair: the same
mean with a smaller variance, half of it on a trained network.

``variance`` (VarGrad, Adebayo et al. 2018, arXiv:1810.03292) and ``squared`` (SquareGrad, Hooker et
al. 2019, arXiv:1806.10758) are further moments of the same gradients. The variance is that of the
differences from the first sample's gradient: a difference of large sums would lose in float32 what
the samples have in common, and be above zero where they agree.
"""

from functools import cached_property

import numpy as np
import tensorflow as tf

from galbar.attribution.heatmap_files import KINDS
from galbar.io.images import centre_crop

# What a random number is for; part of its seed.
_NOISE, _SHIFT = 0, 1


def draw_noise(shape, galaxy_id, seed, sample):
    """Draw the noise of one sample, normal deviates of mean 0 and standard deviation 1, float32.

    ``shape`` is (ny, nx, nc) of the network's input. The galaxy's id is any 64-bit integer, the
    seed 0 to 2**31 - 1, the sample 0 to 2**24 - 1; tensors of them are int64.
    """
    key = _key(galaxy_id, seed, sample, _NOISE)
    return tf.random.stateless_normal(shape, seed=key, alg="philox")


def draw_shift(jitter, galaxy_id, seed, sample):
    """Draw a shift in rows, columns [px], int32, uniform in -jitter to jitter; 0 for sample 0."""
    key = _key(galaxy_id, seed, sample, _SHIFT)
    shift = tf.random.stateless_uniform(
        (2,), seed=key, minval=-jitter, maxval=jitter + 1, dtype=tf.int32, alg="philox"
    )
    return tf.where(tf.equal(sample, 0), 0, shift)


def _key(galaxy_id, seed, sample, use):
    """Return a seed of 2 x 64 bits; each number has bits of its own, so that no two are equal."""
    low = tf.constant(seed << 32, tf.int64) + 256 * tf.cast(sample, tf.int64) + use
    return tf.stack([tf.cast(galaxy_id, tf.int64), low])


def turn(image, orientation):
    """Lay a square image (n, n, nc) in one of the eight orientations of a square.

    ``orientation`` (int64 where a tensor) is 0 (as it is) to 7: bit 2 swaps rows and columns, bit 1
    mirrors the rows, then bit 0 the columns.
    """
    image = _if_bit(orientation, 4, tf.transpose(image, (1, 0, 2)), image)
    image = _if_bit(orientation, 2, tf.reverse(image, (0,)), image)
    return _if_bit(orientation, 1, tf.reverse(image, (1,)), image)


def turn_back(image, orientation):
    """Undo `turn`."""
    image = _if_bit(orientation, 1, tf.reverse(image, (1,)), image)
    image = _if_bit(orientation, 2, tf.reverse(image, (0,)), image)
    return _if_bit(orientation, 4, tf.transpose(image, (1, 0, 2)), image)


def _if_bit(number, bit, then, otherwise):
    return tf.where(tf.equal(tf.bitwise.bitwise_and(number, bit), 0), otherwise, then)


def padded_window(canvas, height, width, jitter):
    """Cut the network's window and ``jitter`` pixels around it out of a canvas (ny, nx, nc).

    The canvas has at least ``height`` x ``width`` px (see `galbar.io.images`); where its margin is
    narrower than ``jitter`` it is continued by reflection, as the augmentation does. The result is
    (height + 2 jitter, width + 2 jitter, nc), float32.
    """
    window = centre_crop(canvas, height, width)
    if jitter == 0:
        return np.asarray(window, dtype=np.float32)
    padding = ((jitter, jitter), (jitter, jitter), (0, 0))
    ny, nx = canvas.shape[:2]
    padded = np.pad(np.asarray(canvas, dtype=np.float32), padding, mode="reflect")
    top, left = (ny - height) // 2, (nx - width) // 2
    return padded[top : top + height + 2 * jitter, left : left + width + 2 * jitter]


class SmoothGrad:
    """SmoothGrad of a network with one output.

    Calling it with ``(canvas, galaxy_id)`` returns a dict: kind -> map (ny, nx), float32, not
    normalised. All kinds come out of the same passes.

    Parameters
    ----------
    network : keras.Model, input (n, ny, nx, nc), output (n, 1)
        See `galbar.networks.linear_output.load_for_saliency`. It is traced once: its weights may
        change afterwards, its layers must not.
    smooth_samples : int, 1 or more
    smooth_noise : float, 0 or more: standard deviation over (max - min) of the network's input
    seed : int, 0 to 2**31 - 1, of the noise and the shifts
    batch_size : int, samples per pass of the network; part of the definition
    jitter : int, largest shift of the window [px]; 0 is the published method
    symmetries, antithetic : bool, see the module; false is the published method
    kinds : sequence of str, some of `galbar.attribution.heatmap_files.KINDS`

    Raises
    ------
    ValueError, on a setting out of range, naming it
    """

    def __init__(
        self,
        network,
        *,
        smooth_samples,
        smooth_noise,
        seed,
        batch_size,
        jitter=0,
        symmetries=False,
        antithetic=False,
        kinds=("absolute",),
    ):
        check_settings(smooth_samples, smooth_noise, seed, batch_size, jitter, kinds)
        self.network = network
        self.shape = tuple(network.input_shape[1:])
        self.samples = smooth_samples
        self.noise = smooth_noise
        self.seed = seed
        self.batch_size = min(batch_size, smooth_samples)
        self.jitter = jitter
        self.symmetries = symmetries
        if symmetries and self.shape[0] != self.shape[1]:
            raise ValueError(f"symmetries need square images, the network's are {self.shape[:2]}")
        self.antithetic = antithetic
        if antithetic and smooth_samples % 2:
            raise ValueError(
                f"smooth_samples is {smooth_samples}, expected an even number with antithetic"
            )
        self.kinds = tuple(kinds)

    def __call__(self, canvas, galaxy_id):
        """Compute the maps of one galaxy: kind -> (ny, nx), float32, NaN or inf as the gradient.

        ``canvas`` is (ny, nx, nc), float32, at the scale of the network's input, 0 to 1
        (`galbar.io.images.load_canvas`); ``galaxy_id`` is any 64-bit integer.
        """
        region = padded_window(canvas, *self.shape[:2], self.jitter)
        maps = self._compiled(tf.constant(region), tf.constant(int(galaxy_id), tf.int64))
        return {kind: maps[kind].numpy() for kind in self.kinds}

    @cached_property
    def _compiled(self):
        """Trace the whole loop, once for all galaxies."""
        ny, nx, nc = self.shape
        return tf.function(self._maps, autograph=False).get_concrete_function(
            tf.TensorSpec((ny + 2 * self.jitter, nx + 2 * self.jitter, nc), tf.float32),
            tf.TensorSpec((), tf.int64),
        )

    def compile_groups(self, count, group):
        """Compile a pass over ``count`` samples that keeps the sums of each ``group`` of them.

        The pass takes a region (see `padded_window`), the galaxy's id and the number of the first
        sample (int64). It returns three tensors (count / group, ny, nx, nc or 1), float32: sums of
        ``|gradient|``, of the gradient, and of the windows that covered a pixel. ``count`` is a
        multiple of ``group``.
        """
        ny, nx, nc = self.shape

        def sums(region, galaxy_id, first):
            gradients, covered = self._gradients(
                region, self._sigma(region), galaxy_id, first, count
            )
            inside = slice(self.jitter, self.jitter + ny), slice(self.jitter, self.jitter + nx)
            cropped = (
                sample_maps[:, *inside] for sample_maps in (tf.abs(gradients), gradients, covered)
            )
            shape = (count // group, group, ny, nx, -1)
            return tuple(
                tf.reduce_sum(tf.reshape(sample_maps, shape), 1) for sample_maps in cropped
            )

        number = tf.TensorSpec((), tf.int64)
        region = tf.TensorSpec((ny + 2 * self.jitter, nx + 2 * self.jitter, nc), tf.float32)
        return tf.function(sums, autograph=False).get_concrete_function(region, number, number)

    def _sigma(self, region):
        """Return the standard deviation of the noise, a share of the window's range."""
        window = self._window(region, (0, 0))
        return self.noise * (tf.reduce_max(window) - tf.reduce_min(window))

    def _maps(self, region, galaxy_id):
        """Build the graph of the maps of one galaxy."""
        window = self._window(region, (0, 0))
        sigma = self._sigma(region)
        zeros = tf.zeros_like(region)
        batches, rest = divmod(self.samples, self.batch_size)

        def add_batch(batch, reference, *sums):
            first = batch * self.batch_size
            reference, added = self._sums(
                region, sigma, galaxy_id, first, self.batch_size, reference
            )
            totals = (total + batch_sum for total, batch_sum in zip(sums, added, strict=True))
            return (batch + 1, reference, *totals)

        # The reference, then sums in the order of `_sums`.
        start = (tf.constant(0, tf.int64), zeros, zeros, zeros, zeros[..., :1])
        start += (zeros,) * (("squared" in self.kinds) + 2 * ("variance" in self.kinds))
        _, reference, *sums = tf.while_loop(
            lambda batch, *_: batch < batches, add_batch, start, parallel_iterations=1
        )
        if rest:
            # The last batch is smaller rather than padded: no passes for nothing.
            first = tf.constant(batches * self.batch_size, tf.int64)
            _, added = self._sums(region, sigma, galaxy_id, first, rest, reference)
            sums = [total + batch_sum for total, batch_sum in zip(sums, added, strict=True)]
        absolute, signed, covered, *moments = (self._window(total, (0, 0)) for total in sums)
        gradient = signed / covered
        maps = {
            "absolute": tf.reduce_max(absolute / covered, axis=-1),
            "signed": tf.reduce_sum(gradient, axis=-1),
            "gradient_input": tf.reduce_sum(gradient * window, axis=-1),
        }
        if "squared" in self.kinds:
            squared, *moments = moments
            maps["squared"] = tf.reduce_max(squared / covered, axis=-1)
        if "variance" in self.kinds:
            difference, squared_difference = moments
            variance = squared_difference / covered - tf.square(difference / covered)
            # Rounding may bring a variance of next to nothing below zero. NaN stays.
            maps["variance"] = tf.reduce_max(tf.where(variance < 0, 0.0, variance), axis=-1)
        return {kind: maps[kind] for kind in self.kinds}

    def _sums(self, region, sigma, galaxy_id, first, count, reference):
        """Sum over ``count`` samples; return the reference of the variance and the sums.

        They are those of ``|gradient|``, of the gradient and of the windows that cover a pixel,
        then as far as the kinds need them of the squared gradient, of the gradient's difference
        from the reference and of that squared.
        """
        gradients, covered = self._gradients(region, sigma, galaxy_id, first, count)
        summed = [tf.abs(gradients), gradients, covered]
        if "squared" in self.kinds:
            summed.append(tf.square(gradients))
        if "variance" in self.kinds:
            # The first sample is not shifted: it covers the whole window.
            reference = tf.where(tf.equal(first, 0), gradients[0], reference)
            difference = (gradients - reference) * covered
            summed += [difference, tf.square(difference)]
        # Stacks and one sum each: TensorFlow may reorder chains of additions (and tf.add_n), in
        # rare cases from one process to the next, and the bits would differ.
        return reference, tuple(tf.reduce_sum(sample_maps, 0) for sample_maps in summed)

    def _gradients(self, region, sigma, galaxy_id, first, count):
        """Return ``count`` gradients, moved back, and the windows: (count, ny, nx, nc or 1)."""
        inputs, shifts, orientations = self._inputs(region, sigma, galaxy_id, first, count)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            output = self.network(inputs, training=False)
        # The samples do not mix, so the gradient of the sum holds the gradient of each.
        gradients = tape.gradient(
            output, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        if self.symmetries:
            turned = zip(tf.unstack(gradients), orientations, strict=True)
            gradients = tf.stack(
                [turn_back(gradient, orientation) for gradient, orientation in turned]
            )
        covered = tf.ones((count, *self.shape[:2], 1))
        if self.jitter:
            gradients = self._moved_back(gradients, shifts)
            covered = self._moved_back(covered, shifts)
        return gradients, covered

    def _inputs(self, region, sigma, galaxy_id, first, count):
        """Make noisy inputs (count, ny, nx, nc); return them with their shifts and orientations."""
        inputs, shifts, orientations = [], [], []
        for sample in (first + offset for offset in range(count)):
            sign, drawn = 1.0, sample
            if self.antithetic:
                # The two of a pair draw the same.
                drawn = tf.cast(sample, tf.int64) // 2
                sign = 1.0 - 2.0 * tf.cast(tf.cast(sample, tf.int64) - 2 * drawn, tf.float32)
            shift = (0, 0)
            if self.jitter:
                shift = tf.unstack(draw_shift(self.jitter, galaxy_id, self.seed, drawn))
            noise = draw_noise(self.shape, galaxy_id, self.seed, drawn)
            image = self._window(region, shift)
            orientations.append(tf.constant(0, tf.int64))
            if self.symmetries:
                orientations[-1] = tf.math.floormod(tf.cast(drawn, tf.int64), 8)
                image = turn(image, orientations[-1])
            inputs.append(image + sign * sigma * noise)
            shifts.append(shift)
        return tf.stack(inputs), shifts, orientations

    def _window(self, region, shift):
        """Cut the network's window, shifted by (rows, columns), out of a region."""
        begin = [self.jitter + shift[0], self.jitter + shift[1], 0]
        return tf.slice(region, begin, [*self.shape[:2], region.shape[-1]])

    def _moved_back(self, windows, shifts):
        """Put shifted windows (n, ny, nx, nc) back in place, in regions of zeros."""
        moved = []
        for window, shift in zip(tf.unstack(windows), shifts, strict=True):
            rows, columns = ([self.jitter + shift_px, self.jitter - shift_px] for shift_px in shift)
            moved.append(tf.pad(window, [rows, columns, [0, 0]]))
        ny, nx = (side + 2 * self.jitter for side in self.shape[:2])
        return tf.ensure_shape(tf.stack(moved), (len(shifts), ny, nx, windows.shape[-1]))


def check_settings(smooth_samples, smooth_noise, seed, batch_size, jitter, kinds):
    """Raise ValueError, naming the setting, unless all are in range."""
    for name, value, low, high in (
        ("smooth_samples", smooth_samples, 1, 2**24 - 1),
        ("smooth_noise", smooth_noise, 0, 100),
        ("seed", seed, 0, 2**31 - 1),
        ("batch_size", batch_size, 1, 2**24 - 1),
        ("jitter", jitter, 0, 2**10),
    ):
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}, expected {low} to {high}")
    wrong = [kind for kind in kinds if kind not in KINDS]
    if wrong or not kinds:
        raise ValueError(f"heatmaps.kinds is {list(kinds)}, expected some of {list(KINDS)}")
