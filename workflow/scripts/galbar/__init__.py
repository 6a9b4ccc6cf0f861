"""Galaxy bar lengths from the saliency maps of convolutional neural networks."""

__version__ = "1.0.0"
