"""From light to a JPEG: PSF, sky and photon noise, asinh RGB image of 424 x 424 px.

Images are observed at the pixel scale of the SDSS camera, turned into colours as in Lupton et al.
(2004) and only then enlarged to 424 px, as the real ones were: that is why the real images'
grain is coarse, correlated and coloured.
"""

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import fft

from galbar.stamps.colours import SOFTENING, STRETCH, asinh_colours
from galbar.survey.scales import SIDE


@dataclass(frozen=True)
class Telescope:
    """SDSS in g, r, i: what one drift scan of 54 s gives.

    Typical values of its frames, adjusted with the settings of the RGB image until the images have
    the statistics of the real ones; the gain is such that the sky's photons give the noise.
    """

    # Full width at half maximum of the PSF in r [arcsec]: mean, standard deviation, range.
    seeing: tuple[float, float, float, float] = (1.28, 0.13, 1.0, 1.8)
    # Seeing in g, r, i relative to r.
    seeing_ratio: tuple[float, float, float] = (1.08, 1.0, 0.96)
    moffat_beta: float = 3.5
    # Sky [nanomaggies per pixel] and its noise.
    sky: tuple[float, float, float] = (0.25, 0.62, 1.19)
    noise: tuple[float, float, float] = (0.0171, 0.0238, 0.0358)
    # Scatter of the noise between fields (log), and of the sky subtraction in units of the noise.
    noise_log_sd: float = 0.10
    sky_error: float = 0.25
    # Misregistration between bands [px of the camera].
    misalignment: float = 0.13
    # RGB image: weights of i, r, g; stretch; softening Q; black level in units of the noise.
    weights: tuple[float, float, float] = (0.95, 1.06, 1.42)
    stretch: float = STRETCH
    softening: float = SOFTENING
    black: float = -0.31
    # Share of images with a black frame edge or a satellite's trail.
    frame_edge_share: float = 0.02
    trail_share: float = 0.01
    # Quality of the JPEG at the camera's scale, and of the 424 px image.
    archive_quality: int = 73
    quality: int = 92


def draw_sky(rng, telescope):
    """Draw the conditions of one image, each in g, r, i.

    ``fwhm`` (3,) [arcsec], ``noise`` and ``offset`` (3,) of the sky [nanomaggies per pixel],
    ``shift`` (3, 2) of the bands [px of the camera].
    """
    mean, sd, low, high = telescope.seeing
    seeing = np.clip(mean + sd * rng.standard_normal(), low, high)
    worse = np.exp(telescope.noise_log_sd * rng.standard_normal())
    noise = np.array(telescope.noise) * worse
    return {
        "fwhm": seeing * np.array(telescope.seeing_ratio),
        "noise": noise,
        "offset": telescope.sky_error * noise * rng.standard_normal(3),
        "shift": telescope.misalignment * rng.standard_t(5, (3, 2)).clip(-4, 4),
    }


def with_pixels(sky, telescope, ratio):
    """Return sky and telescope for pixels ``ratio`` times as wide: the same depth per area."""
    if ratio == 1:
        return sky, telescope
    # How wrong the sky is per area does not depend on the pixels, unlike the noise.
    sky = sky | {"noise": ratio * sky["noise"], "offset": ratio**2 * sky["offset"]}
    levels = tuple(ratio**2 * level for level in telescope.sky)
    return sky, replace(telescope, sky=levels, noise=sky["noise"])


def observe(light, sky, telescope, pixel_scale, seed):
    """Blur by the PSF and add the noise of sky and photons.

    ``light`` and the sky-subtracted result are (3, ny, nx) float32 [nanomaggies per pixel], ``sky``
    is from `draw_sky`, ``pixel_scale`` in arcsec, and ``seed`` of the noise a whole number from 0.
    """
    return add_noise(blur(light, sky, telescope, pixel_scale), sky, telescope, seed)


def blur(light, sky, telescope, pixel_scale):
    """Blur ``light`` by the PSF, without noise; the parameters are as in `observe`."""
    import galsim

    ny, nx = light.shape[1:]
    half = 24
    shape = (fft.next_fast_len(ny + half, real=True), fft.next_fast_len(nx + half, real=True))
    kernels = np.zeros((3, *shape), np.float32)
    for band in range(3):
        psf = galsim.Moffat(beta=telescope.moffat_beta, fwhm=sky["fwhm"][band])
        stamp = psf.drawImage(
            nx=2 * half + 1, ny=2 * half + 1, scale=pixel_scale, offset=tuple(sky["shift"][band])
        ).array
        kernels[band, : 2 * half + 1, : 2 * half + 1] = stamp / stamp.sum()
    kernels = np.roll(kernels, (-half, -half), axis=(1, 2))
    spectrum = fft.rfft2(light, shape) * fft.rfft2(kernels)
    blurred = fft.irfft2(spectrum, shape)[:, :ny, :nx]
    return np.maximum(blurred, 0)


def add_noise(images, sky, telescope, seed):
    """Add the noise of sky and photons to blurred light; the parameters are as in `observe`.

    Normal deviates: the sky alone gives hundreds of photons per pixel, where Poisson's distribution
    is as good as normal and four times as costly to draw.
    """
    # Photons per nanomaggie such that the sky's Poisson noise is the requested one.
    gain = np.array(telescope.sky) / sky["noise"] ** 2
    level, gain, offset = (
        np.asarray(values, np.float32)[:, None, None]
        for values in (telescope.sky, gain, sky["offset"])
    )
    deviates = np.random.default_rng(seed).standard_normal(images.shape, dtype=np.float32)
    return images + np.sqrt((images + level) / gain) * deviates + offset


def compose_rgb(observed, telescope, rng):
    """Compose an RGB image, (424, 424, 3) uint8, from the bands, on an asinh scale.

    ``observed`` is (3, ny, nx) in g, r, i [nanomaggies per pixel]. The black level follows from the
    telescope's typical noise, not from the image's; ``rng`` draws frame edges and trails.
    """
    weights = np.array(telescope.weights, np.float32)
    black = -telescope.black * np.array(telescope.noise, np.float32)[::-1]
    images = (observed[::-1] - black[:, None, None]) * weights[:, None, None]
    colours = asinh_colours(images, telescope.stretch, telescope.softening)
    _add_flaws(colours, telescope, rng)
    colours = _compress(colours, telescope.archive_quality)
    enlarged = Image.fromarray(colours).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.array(enlarged)


def _compress(colours, quality):
    """Return what JPEG leaves of an image: the real ones were compressed before enlargement.

    It is where the grain of the real images gets its coarse, coloured look.
    """
    stored = io.BytesIO()
    Image.fromarray(colours).save(stored, "JPEG", quality=quality)
    return np.array(Image.open(stored))


def _add_flaws(colours, telescope, rng):
    """Add the black edge between two frames, or the coloured trail of a satellite."""
    ny, nx = colours.shape[:2]
    draw = rng.random()
    if draw > telescope.frame_edge_share + telescope.trail_share:
        return
    y, x = np.indices((ny, nx))
    angle = rng.uniform(0, np.pi)
    offset = rng.uniform(-0.4, 0.4) * nx
    distance = np.abs((x - nx / 2) * np.cos(angle) + (y - ny / 2) * np.sin(angle) - offset)
    if draw < telescope.frame_edge_share:
        colours[distance < 0.8] = 0
    else:
        band = int(rng.integers(3))
        trail = 120 * np.exp(-0.5 * (distance / 1.5) ** 2)
        colours[..., band] = np.minimum(colours[..., band] + trail, 255).astype(np.uint8)
