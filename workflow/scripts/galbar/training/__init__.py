"""Training of networks on images, and what they predict.

In come a network, a table of images with targets and the seed; out go trained weights, one row
per epoch, predictions and their agreement with the volunteers. A training that is stopped goes on.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "augmentation": ["Augmentation", "change_images", "draw_changes", "plain_images"],
        "checkpoint": ["TrainingState", "definition_digest"],
        "epoch_log": ["LOG_COLUMNS", "EpochLog"],
        "input_pipeline": [
            "Canvases",
            "fits_in_memory",
            "open_canvases",
            "plain_batches",
            "training_batches",
        ],
        "loop": [
            "TrainingSettings",
            "read_settings",
            "save_training",
            "train_configured",
            "train_network",
            "training_seed",
        ],
        "prediction": ["check_network", "lengths_table", "predict_images", "votes_table"],
        "schedules": ["SCHEDULES", "StepRate", "rate_factor"],
        "vote_scores": ["COLLAPSED_ABOVE", "average_votes", "is_collapsed", "rmse", "score_votes"],
    },
)
