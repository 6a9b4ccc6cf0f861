"""Training of networks on images, and what they predict.

In come a network, a table of images with targets and the seed; out go trained weights, one row
per epoch, predictions and their agreement with the volunteers. A training that is stopped goes on.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "augmentation": ["Augmentation"],
        "input_pipeline": ["Canvases", "open_canvases", "training_batches"],
        "looks": ["draw_look"],
        "loop": ["save_training", "train_configured"],
        "own_votes": ["load_networks", "predict_networks", "tabulate_own_votes"],
        "prediction": ["check_network", "lengths_table", "predict_images", "votes_table"],
        "vote_scores": ["average_votes", "score_votes"],
    },
)
