"""Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365)."""

from galbar.attribution.methods.record import AttributionMethod

INTEGRATED_GRADIENTS = AttributionMethod(
    name="integrated_gradients",
    label="Integrated gradients",
    description="the gradient along a path from the blurred image",
    constructor="galbar.attribution.integrated_gradients:IntegratedGradients",
    kinds=("absolute", "gradient_input"),
    settings=("integration_steps", "baseline_blur", "batch_size", "symmetries", "precision"),
)
