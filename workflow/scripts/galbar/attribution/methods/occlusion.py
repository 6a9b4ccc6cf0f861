"""Occlusion (Zeiler & Fergus 2014, arXiv:1311.2901)."""

from galbar.attribution.methods.record import AttributionMethod

OCCLUSION = AttributionMethod(
    name="occlusion",
    label="Occlusion",
    description="what the output loses without a patch of the image",
    constructor="galbar.attribution.occlusion:Occlusion",
    kinds=("absolute", "signed"),
    settings=(
        "occlusion_patch",
        "occlusion_stride",
        "baseline_blur",
        "batch_size",
        "symmetries",
        "precision",
    ),
)
