"""Stamps: images of any survey in the geometry and the colours of a network's input."""
