"""The galaxies of the simulated survey: what they are, before anything is drawn.

`Population` holds every number that describes the sample; `galbar.survey.draw.draw_galaxy`
turns it and one random generator into a `Galaxy`. Lengths are in pixels of the 424 px image [px],
whose scale is 0.02 x petroR90 arcsec per pixel (Willett et al. 2013): the Petrosian radius that
holds 90 % of the light is 50 px in every image. Angles run from +x towards +y (the row axis) [deg].
"""

from dataclasses import dataclass

import numpy as np

from galbar.survey.scales import PIXELS_PER_LENGTH_SCALED

KINDS = ("smooth", "edge_on", "disc", "odd", "artefact")
"""Kinds of objects, in the order of `Population.kind_shares`."""


BAR_END = 0.3
"""Brightness at the end of a bar over that half-way from the centre to the end, on the major axis.

Half-way, because the middle of a bar is hidden by the bulge, and that of an exponential one is a
peak that says nothing of its end.
"""

BAR_FAMILIES = ("flat", "ferrers", "exponential")
"""Families of bar profiles, in the order of `Population.bar_family_weights`.

Flat bars, of early types, end steeply; exponential ones, of late types, fall from the centre
(Elmegreen & Elmegreen 1985); those of Ferrers (1 - m^2)^n lie between them.
"""


@dataclass(frozen=True)
class Population:
    """Every number that describes the simulated population.

    Distributions of the catalogue's bars are fits to the published table of Hoyle et al. (2011)
    with the redshifts of Erwin's copy: redshift a beta distribution; the root of the physical size
    (length_avg / length_scaled) normal, correlated with the redshift (r = 0.60) and weakly with the
    logarithm of the scaled length (r = -0.22; -0.21 in the table), which makes bar length and size
    correlate at about 0.69. Colours, surface brightnesses and extents are settings, not
    measurements: typical values of bright SDSS galaxies, adjusted until the images have the
    statistics of the real ones, which a test compares.
    """

    # Training and test set: shares of smooth, edge-on, disc, odd, artefact.
    kind_shares: tuple[float, ...] = (0.28, 0.10, 0.52, 0.07, 0.03)
    barred_share: float = 0.5
    # petroR90 [arcsec], log-normal; median of discs, which are nearer, and of all others.
    petror90_median_disc: float = 9.0
    petror90_median: float = 6.6
    petror90_log_sd: float = 0.40
    petror90_range: tuple[float, float] = (4.4, 45.0)
    # Extents of the galaxies over the measured petroR90: median and scatter (log).
    extent_median: float = 1.20
    extent_log_sd: float = 0.12
    # Redshift: maximum and the two exponents of the beta distribution.
    redshift_max: float = 0.06
    redshift_beta: tuple[float, float] = (2.56, 1.57)
    # Root of the physical size length_avg / length_scaled [(kpc/h)^(1/2)]: mean and sd.
    size_root: tuple[float, float] = (4.34, 0.785)
    size_redshift_correlation: float = 0.60
    # Projected bar length as length_scaled.
    bar_length_median: float = 0.452
    bar_length_log_sd: float = 0.285
    bar_length_size_correlation: float = -0.22
    bar_length_range: tuple[float, float] = (0.10, 1.15)
    # Axis ratio of the bar in the plane of the disc, log-normal: median, log sd, range; and the
    # correlation of its logarithm with that of the length, as in the published widths.
    bar_axis_ratio: tuple[float, float, float, float] = (0.245, 0.22, 0.14, 0.55)
    bar_axis_ratio_length_correlation: float = -0.4
    # Brightness of the bar over that of disc and lens, half-way from the centre to the bar's end,
    # log-normal: (median, log sd), and its growth with the type (log per standard deviation).
    bar_contrast: tuple[float, float] = (1.20, 0.40)
    bar_contrast_type_slope: float = 0.22
    # No weaker bar is in the catalogue: Hoyle et al. took the galaxies whose bar most volunteers of
    # Galaxy Zoo 2 saw (Masters et al. 2011), 29 % of the discs. Half of them see a median bar of
    # this contrast.
    catalogue_contrast_least: float = 1.0
    # Correlation of the bar's length with the galaxy's type: longer in early types.
    bar_length_type_correlation: float = 0.35
    # Shares of `BAR_FAMILIES` in the middle type, and how their logarithms change per standard
    # deviation of the type.
    bar_family_weights: tuple[float, float, float] = (0.40, 0.27, 0.33)
    bar_family_type_slopes: tuple[float, float, float] = (0.9, 0.0, -0.9)
    # Shares in the latest and the earliest type: barlenses, ansae (of flat bars), lenses, inner
    # rings, outer rings, dust lanes in the bar.
    barlens_share: tuple[float, float] = (0.10, 0.65)
    ansae_share: tuple[float, float] = (0.10, 0.40)
    lens_share: tuple[float, float] = (0.10, 0.55)
    inner_ring_share: tuple[float, float] = (0.20, 0.35)
    outer_ring_share: tuple[float, float] = (0.04, 0.16)
    dust_lane_share: tuple[float, float] = (0.30, 0.10)
    # This share of the training set's bars is weaker and shorter, by factors down to these; in
    # the latest types twice as many, in the earliest none.
    weak_share: float = 0.35
    weak_contrast: float = 0.25
    weak_length: float = 0.45
    # Share of a disc galaxy's light in its bulge, log-normal: median, log sd, range, and the
    # correlation of its logarithm with the type.
    bulge_fraction: tuple[float, float, float, float] = (0.085, 0.62, 0.02, 0.55)
    bulge_type_correlation: float = 0.85
    # Mean surface brightness within the half-light radius [mag/arcsec2]: (mean, sd).
    brightness_smooth: tuple[float, float] = (20.14, 0.28)
    brightness_disc: tuple[float, float] = (20.60, 0.28)
    # Thickness of a disc: axis ratio seen edge-on.
    disc_thickness: float = 0.15
    # Colours (g - r, r - i): old stars, young stars, arms and knots; and their scatter.
    colour_old: tuple[float, float] = (0.77, 0.38)
    colour_disc: tuple[float, float] = (0.55, 0.27)
    colour_arms: tuple[float, float] = (0.28, 0.12)
    # Scatter of a disc galaxy's colour, and its correlation with the type.
    type_colour_sd: float = 0.16
    type_colour_correlation: float = 0.7
    # Share of young galaxies (twice as many in the latest types, none in the earliest), and how
    # much bluer they are in g - r.
    young_share: float = 0.22
    young_shift: float = 0.40
    colour_scatter: float = 0.07
    # Scatter of r - i about what g - r lets expect.
    colour_locus_scatter: float = 0.04
    # Offset of the galaxy from the image's centre [px].
    centring: float = 1.2


@dataclass(frozen=True)
class Disc:
    """A disc: broken exponential, or an edge-on disc for the kind ``edge_on``."""

    fraction: float
    inner_scale: float
    outer_scale: float
    break_radius: float
    colour: tuple[float, float]
    height: float = 0.0
    dust: float = 0.0


@dataclass(frozen=True)
class Bulge:
    """A Sersic bulge, or a whole elliptical galaxy."""

    fraction: float
    radius: float
    index: float
    ellipticity: float
    angle: float
    colour: tuple[float, float]


@dataclass(frozen=True)
class Barlens:
    """The rounder, shorter inner part of a bar: a barlens, or a box seen at an angle.

    A Sersic profile of generalised ellipses as projected on the sky: ``radius`` is the effective
    one [px], ``strength`` the brightness there over that of the bar half-way to its end.
    """

    radius: float
    axis_ratio: float
    angle: float
    index: float
    boxiness: float
    strength: float


@dataclass(frozen=True)
class Bar:
    """A bar as projected on the sky.

    ``length`` is tip to tip, on the sky, between the points of the major axis at which the bar is
    `BAR_END` as bright as half-way from the centre: what an observer would mark, whatever its
    family. Ansae lie within it; barlens, lens and rings do not enter. ``contrast`` is the bar's
    brightness over that of disc and lens, half-way. ``reach`` is half the length in the disc's
    plane, and ``azimuth`` the angle from the line of nodes there.

    ``inner_scale`` and ``outer_scale`` are the exponential scales inside and outside the break of
    flat and exponential bars, over half the length; ``index`` is that of a Ferrers bar. Isophotes
    are ellipses of exponent 2 + ``boxiness``; across the bar the first two families also fall off
    as a normal distribution, whose standard deviation is ``softness`` half widths. ``ansae`` is the
    brightness of the knots at both ends over the bar's half-way, and ``ansae_size`` their standard
    deviation over half the length. ``dust`` is the depth of the lanes on the leading sides in r (0
    to 1), which lie from the major axis towards larger angles where ``dust_side`` is 1, towards
    smaller ones where it is -1.
    """

    length: float
    angle: float
    axis_ratio: float
    contrast: float
    family: str
    inner_scale: float
    outer_scale: float
    index: float
    boxiness: float
    softness: float
    reach: float
    azimuth: float
    colour: tuple[float, float]
    barlens: Barlens | None = None
    ansae: float = 0.0
    ansae_size: float = 0.08
    dust: float = 0.0
    dust_side: int = 1


@dataclass(frozen=True)
class Lens:
    """A plateau of the disc with an edge, in its plane: ``strength`` times the disc at ``radius``.

    ``radius`` is the semi-major axis [px], ``azimuth`` its angle from the line of nodes.
    """

    radius: float
    axis_ratio: float
    azimuth: float
    edge: float
    strength: float
    colour: tuple[float, float]


@dataclass(frozen=True)
class Ring:
    """An elliptical ring in the plane of the disc, ``strength`` times as bright as the disc there.

    ``radius`` is the semi-major axis [px], ``azimuth`` its angle from the line of nodes.
    """

    radius: float
    width: float
    strength: float
    colour: tuple[float, float]
    axis_ratio: float = 1.0
    azimuth: float = 0.0


@dataclass(frozen=True)
class Arms:
    """Logarithmic spiral arms that add ``strength`` times the disc's light on their ridge.

    They fade by a factor e per ``fade`` of winding [deg], are brighter on a side by
    ``lopsidedness`` and in patches by ``patchiness`` (both 0 to 1).
    """

    number: int
    pitch: float
    strength: float
    start: float
    phase: float
    width: float
    handedness: int
    knots: int
    colour: tuple[float, float]
    fade: float = 360.0
    lopsidedness: float = 0.0
    patchiness: float = 0.0


@dataclass(frozen=True)
class Companion:
    """A second galaxy at ``separation`` [px] and ``direction``, ``ratio`` times as bright."""

    separation: float
    direction: float
    ratio: float
    radius: float
    axis_ratio: float
    angle: float
    colour: tuple[float, float]


@dataclass(frozen=True)
class Galaxy:
    """One galaxy: geometry, brightness and components."""

    kind: str
    petror90: float
    redshift: float
    magnitude: float
    axis_ratio: float
    node: float
    x: float
    y: float
    disc: Disc | None = None
    bulge: Bulge | None = None
    bar: Bar | None = None
    lens: Lens | None = None
    rings: tuple[Ring, ...] = ()
    arms: Arms | None = None
    companion: Companion | None = None
    odd: str = ""

    @property
    def inclination(self):
        """Return the inclination of a thin disc of this axis ratio [deg]; 0 is face-on."""
        return float(np.degrees(np.arccos(min(self.axis_ratio, 1.0))))

    @property
    def length_scaled(self):
        """Return the projected bar length in the unit of ``length_scaled``; NaN without bar."""
        return self.bar.length / PIXELS_PER_LENGTH_SCALED if self.bar else float("nan")
