"""What the released code of the paper leaves behind, brought into this workflow.

`parameters` turns its ``params.yaml`` into a configuration (``convert_parameters.py``), `networks`
reads its ``model.h5`` in place of a training (rule ``import_model``). Nothing else needs either.
"""
