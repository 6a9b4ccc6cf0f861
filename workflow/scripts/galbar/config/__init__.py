"""The configuration: every key with its type, range, default, unit and meaning.

In comes what the configuration files and the command line say; out goes a complete and checked
dictionary, or a list of everything that is wrong with it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "check": ["check_config"],
        "configuration": ["configuration_model"],
        "data": ["Catalogue", "Cosmology", "Data", "OwnCatalogue", "Survey"],
        "documents": ["SCHEMA", "TABLE", "readme_with_table", "schema_text", "write_documents"],
        "figures": ["Figures"],
        "heatmaps": ["heatmaps_section"],
        "images": ["Augmentation", "Image"],
        "lengths": ["OwnCriterion", "lengths_section", "watched_section"],
        "networks": ["Model", "Network", "Weights"],
        "removed_keys": ["REMOVED_KEYS"],
        "schema": ["describe_values", "json_schema", "list_keys", "part_of"],
        "scores": ["Scores"],
        "section": ["EACH_ONCE", "Section", "Seed", "Share", "repeated"],
        "training": ["Control", "Devices", "Training"],
    },
)
