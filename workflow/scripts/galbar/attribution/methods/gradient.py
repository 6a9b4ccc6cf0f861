"""The plain gradient (Simonyan et al. 2014, arXiv:1312.6034) and its product with the image."""

from galbar.attribution.methods.record import AttributionMethod

GRADIENT = AttributionMethod(
    name="gradient",
    label="Gradient",
    description="one gradient, without noise",
    constructor="galbar.attribution.gradient:Gradient",
    kinds=("absolute", "signed", "gradient_input"),
    settings=("symmetries", "precision"),
)
