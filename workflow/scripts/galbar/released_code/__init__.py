"""Files of the code that the authors released: its parameters and its networks.

In come params.yaml and Keras 2 model files; out go a configuration and networks of this one.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "networks": ["describe_import", "load_original"],
        "parameters": ["convert"],
    },
)
