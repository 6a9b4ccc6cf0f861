"""Random changes of training images, a pure function of (seed, epoch, galaxy).

The published augmentation of Keras's ImageDataGenerator (rotation, shifts, flips, brightness), with
two differences. All geometry is one affine resampling from the canvas to the network's input, so
that rotated corners come from the image itself as long as it reaches. And nothing is drawn from a
generator with a state: `draw_changes` gives the same change to a galaxy whatever the number of
threads, the batch size or the order.

Not published are the changes of colours (saturation, gamma, background): with them a network also
knows galaxies in the colours, the stretch and the sky of surveys that it was not trained on.
"""

from typing import NamedTuple

import tensorflow as tf

from galbar.io.images import LUMA

FILL_MODES = ("reflect", "nearest", "constant", "wrap")

# Columns of the table of changes.
_COLUMNS = ("angle", "shift_y", "shift_x", "flip_x", "flip_y", "brightness")


class Augmentation(NamedTuple):
    """Ranges of the random changes, as the configuration gives them.

    Attributes
    ----------
    rotation_range : float, largest angle, either way [deg]
    fill_mode : str, what lies beyond the image: "reflect", "nearest", "constant" (black) or "wrap"
    horizontal_flip, vertical_flip : bool, whether half of the images are flipped
    width_shift_range, height_shift_range : float
        Largest shift, either way, in units of the sides of the network's input.
    brightness_range : tuple of float or None, lowest and highest factor; None: left alone
    saturation_range : tuple of float or None, lowest and highest factor of the colours, 0 is grey
    gamma_range : tuple of float or None
        Lowest and highest exponent of the pixels' values, 0 to 1; uniform in its logarithm.
    background_range : tuple of float or None, lowest and highest value that black becomes
    """

    rotation_range: float
    fill_mode: str
    horizontal_flip: bool
    vertical_flip: bool
    width_shift_range: float
    height_shift_range: float
    brightness_range: tuple[float, float] | None
    saturation_range: tuple[float, float] | None = None
    gamma_range: tuple[float, float] | None = None
    background_range: tuple[float, float] | None = None


def draw_changes(augmentation, count, *, seed, epoch):
    """Draw the changes of ``count`` galaxies in an epoch: (count, 6), float32, row i for galaxy i.

    The columns are angle [rad], shifts along y and x [sides of the input], factors of the flips
    along x and y (1 or -1), factor of the brightness; (count, 9) where colours change, with
    saturation, gamma and background. ``seed`` is the training's, below 2**63.
    """
    key = tf.stack([tf.cast(seed, tf.int64), tf.cast(epoch, tf.int64)])
    uniform = tf.random.stateless_uniform((count, len(_COLUMNS)), seed=key)
    symmetric = 2 * uniform - 1
    low, high = augmentation.brightness_range or (1.0, 1.0)
    columns = {
        "angle": symmetric[:, 0] * (augmentation.rotation_range * 3.141592653589793 / 180),
        "shift_y": symmetric[:, 1] * augmentation.height_shift_range,
        "shift_x": symmetric[:, 2] * augmentation.width_shift_range,
        "flip_x": _flips(uniform[:, 3], augmentation.horizontal_flip),
        "flip_y": _flips(uniform[:, 4], augmentation.vertical_flip),
        "brightness": low + uniform[:, 5] * (high - low),
    }
    drawn = tf.stack([columns[name] for name in _COLUMNS], axis=1)
    ranges = augmentation.saturation_range, augmentation.gamma_range, augmentation.background_range
    if not any(ranges):
        return drawn
    # A key of its own: the other changes are the same with and without those of the colours.
    own = tf.random.experimental.stateless_fold_in(key, 1)
    return tf.concat([drawn, _draw_colours(ranges, count, own)], axis=1)


def draw_colours(augmentation, count, *, seed, look):
    """Draw changes of colours only, for a look at ``count`` galaxies: (count, 3), float32.

    The columns are saturation, gamma and background; row i is the galaxy i's.
    """
    ranges = augmentation.saturation_range, augmentation.gamma_range, augmentation.background_range
    key = tf.stack([tf.cast(seed, tf.int64), tf.cast(look, tf.int64)])
    # Not the key of a training's epoch.
    return _draw_colours(ranges, count, tf.random.experimental.stateless_fold_in(key, 2))


def _draw_colours(ranges, count, key):
    """Draw saturation, gamma and background (count, 3); those without a range change nothing."""
    uniform = tf.unstack(tf.random.stateless_uniform((count, len(ranges)), seed=key), axis=1)
    saturation, gamma, background = (
        wanted or plain for wanted, plain in zip(ranges, ((1, 1), (1, 1), (0, 0)), strict=True)
    )
    drawn = [
        saturation[0] + uniform[0] * (saturation[1] - saturation[0]),
        gamma[0] * (gamma[1] / gamma[0]) ** uniform[1],
        background[0] + uniform[2] * (background[1] - background[0]),
    ]
    return tf.stack(drawn, axis=1)


def _flips(uniform, wanted):
    """Return signs: -1 in half of the cases if flips are wanted, otherwise 1."""
    return tf.where(uniform < 0.5, -1.0, 1.0) if wanted else tf.ones_like(uniform)


def change_images(canvases, changes, *, height, width, fill_mode):
    """Apply changes (n, 6 or 9) to canvases (n, ny, nx, 3), uint8; float32, 0 to 1, comes out.

    Pixel (x, y) of the result (n, height, width, nc) shows the canvas at c + R (F (p - q) + t): p =
    (x, y), q and c the centres of result and canvas, F the flips, t the shift, R the rotation from
    +x towards +y; the order of ImageDataGenerator. Bilinear interpolation. Brightness is a factor,
    clipped at 1 (as Pillow's enhancer does). Then come, where drawn, saturation (Pillow's too),
    gamma and background. ValueError if the mode is none of `FILL_MODES`.
    """
    if fill_mode not in FILL_MODES:
        raise ValueError(f"fill_mode is {fill_mode!r}, expected one of {', '.join(FILL_MODES)}")
    result = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(canvases, tf.float32),
        transforms=_transforms(changes, tf.shape(canvases), height, width),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=fill_mode.upper(),
    )
    brightness = changes[:, 5, tf.newaxis, tf.newaxis, tf.newaxis]
    images = tf.clip_by_value(result * brightness / 255, 0, 1)
    if changes.shape[1] == len(_COLUMNS):
        return images
    return change_colours(images, changes[:, len(_COLUMNS) :])


def change_colours(images, colours):
    """Apply saturation, gamma and background (n, 3) to images (n, height, width, 3), 0 to 1."""
    saturation, gamma, background = (
        colours[:, column, tf.newaxis, tf.newaxis, tf.newaxis] for column in range(3)
    )
    grey = tf.reduce_sum(images * tf.constant(LUMA), axis=-1, keepdims=True)
    images = tf.clip_by_value(grey + saturation * (images - grey), 0, 1)
    return background + (1 - background) * images**gamma


def _transforms(changes, shape, height, width):
    """Return rows (a0, a1, a2, b0, b1, b2, 0, 0): x' = a0 x + a1 y + a2, y' = b0 x + b1 y + b2."""
    angle, shift_y, shift_x, flip_x, flip_y = tf.unstack(changes[:, :5], axis=1)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    centre_y = _middle(shape[1], height)
    centre_x = _middle(shape[2], width)
    x_x, x_y = cosine * flip_x, -sine * flip_y
    y_x, y_y = sine * flip_x, cosine * flip_y
    q_x, q_y = (width - 1) / 2, (height - 1) / 2
    t_x, t_y = shift_x * width, shift_y * height
    x_0 = centre_x + cosine * t_x - sine * t_y - x_x * q_x - x_y * q_y
    y_0 = centre_y + sine * t_x + cosine * t_y - y_x * q_x - y_y * q_y
    zero = tf.zeros_like(angle)
    return tf.stack([x_x, x_y, x_0, y_x, y_y, y_0, zero, zero], axis=1)


def _middle(side, part):
    """Return the centre of the central ``part`` pixels, margins rounded as by `centre_crop`."""
    return tf.cast((side - part) // 2, tf.float32) + (part - 1) / 2


def plain_images(canvases, *, height, width):
    """Cut the central height x width px out of canvases (n, ny, nx, nc), uint8: float32, 0 to 1."""
    shape = tf.shape(canvases)
    top, left = (shape[1] - height) // 2, (shape[2] - width) // 2
    part = canvases[:, top : top + height, left : left + width, :]
    return tf.cast(part, tf.float32) / 255
