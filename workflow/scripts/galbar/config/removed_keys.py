"""Keys that earlier configurations had, and what to do instead."""

REMOVED_KEYS = {
    "heatmaps.implementation": "heatmaps.methods: [smoothgrad] is galbar's, "
    "[tf_keras_vis_smoothgrad] that of the released code",
    "heatmaps.min_samples": "it belonged to heatmaps.tolerance",
    "heatmaps.simplify_network": "heat maps come from the network as it was trained",
    "heatmaps.tolerance": "every galaxy has heatmaps.smooth_samples samples; "
    "heatmaps.watched_lengths stores the Monte Carlo error of its length",
    "heatmaps.watched_lengths[].method": "it is called criterion",
    "image.depth": "images are RGB, so the networks always have three colours",
    "lengths.methods": "it is called lengths.criteria",
}
"""Key, with [] for each item of a list -> sentence."""
