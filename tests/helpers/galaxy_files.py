"""Images and tables of a few galaxies, for the tests of training and prediction."""

import numpy as np
import pandas as pd
from PIL import Image

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.decoded_images import write_decoded_images


def write_images(folder, count, seed=0):
    """Write bright blobs on noise; return their names and how red each is (0 to 1)."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((424, 424)) - 211.5
    red = rng.random(count)
    names = []
    for row in range(count):
        blob = 200 * np.exp(-(x**2 + y**2) / (2 * rng.uniform(30, 60) ** 2))
        image = blob[..., np.newaxis] * np.array([red[row], 0.5, 1 - red[row]])
        image += rng.normal(10, 3, image.shape)
        name = f"{1000 + 7 * row}.jpg"
        Image.fromarray(np.uint8(np.clip(image, 0, 255))).save(folder / name, quality=95)
        names.append(name)
    return names, red


def ids_of(names):
    """Return the ids of galaxies that are named by their images."""
    return [int(name[:-4]) for name in names]


def decode(folder, names, path, **size):
    """Write a file of decoded images of a folder; return its path."""
    paths = [folder / name for name in names]
    write_decoded_images(path, ids_of(names), paths, **size, threads=2)
    return path


def votes_table(names, red):
    """Return a training table whose votes are the redness and its complement."""
    table = pd.DataFrame({"galaxy_id": ids_of(names), "image": names})
    table["split"] = ["validation" if row % 4 == 0 else "train" for row in range(len(names))]
    columns = {name: red if number % 2 else 1 - red for number, name in enumerate(VOTE_COLUMNS)}
    return table.join(pd.DataFrame(columns))
