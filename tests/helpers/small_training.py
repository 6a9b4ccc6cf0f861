"""The network that tests of trainings train: it learns the redness of a galaxy in seconds."""

NETWORK = {
    "architecture": "vgg16",
    "cut": "block1_pool",
    "width": 0.125,
    "normalisation": True,
    "batch_norm_momentum": 0.8,
    "weights": "random",
    "learning_rate": None,
}
