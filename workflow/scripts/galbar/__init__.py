"""Galaxy bar lengths from the saliency maps of convolutional neural networks."""

__version__ = "0.1.0"
