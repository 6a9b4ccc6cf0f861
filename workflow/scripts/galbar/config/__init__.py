"""The configuration: every key with its type, range, default, unit and meaning.

In comes what the configuration files and the command line say; out goes a complete and checked
dictionary, or a list of everything that is wrong with it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "check": ["check_config"],
        "completeness": ["COMPLETENESS", "list_own_catalogues"],
        "datasets": ["read_datasets"],
        "figures": ["list_galleries"],
        "files": ["check_files"],
        "inputs": ["check_inputs"],
        "measuring": ["configure_measuring", "keep_configuration"],
    },
)
