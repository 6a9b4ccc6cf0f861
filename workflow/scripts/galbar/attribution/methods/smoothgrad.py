"""SmoothGrad (Smilkov et al. 2017, arXiv:1706.03825), compiled."""

from galbar.attribution.heatmap_files import KINDS
from galbar.attribution.methods.record import AttributionMethod

SMOOTHGRAD = AttributionMethod(
    name="smoothgrad",
    label="SmoothGrad",
    description="galbar's: compiled, reproducible to the last bit",
    constructor="galbar.attribution.smoothgrad:SmoothGrad",
    kinds=tuple(KINDS),
    settings=(
        "smooth_samples",
        "smooth_noise",
        "seed",
        "batch_size",
        "jitter",
        "symmetries",
        "antithetic",
        "precision",
        "watched_lengths",
    ),
)
