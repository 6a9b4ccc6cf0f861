"""Files of decoded images: the galaxies of a catalogue at the scale of a network's input.

Decoding and shrinking a JPEG takes a hundred times as long as reading what comes out, and every
training, prediction and measurement wants the same images. The file has ``galaxy_id`` (n,) and
``canvas`` (n, ny, nx, 3), uint8, uncompressed and in one piece: a galaxy is one read, wherever it
lies. A description lies beside it (``hoyle.h5`` and ``hoyle.json``). Rules wait for that alone: it
changes when a pixel does, and it stays when the large file is deleted.
"""

from hashlib import sha256
from pathlib import Path

import h5py
import numpy as np
import PIL

from galbar.io.atomic import atomic_write
from galbar.io.images import canvas_shape, read_canvases, scale_canvas
from galbar.io.job_log import progress


def write_decoded_images(path, galaxy_ids, image_paths, *, height, width, crop, threads):
    """Decode images and write them as `galbar.io.images.read_canvas` returns them.

    A few images per thread are in memory at a time.

    Parameters
    ----------
    path : str or Path, the file to be written
    galaxy_ids : array_like, shape (n,), int64, each once
    image_paths : sequence of str or Path, length n, image files of 424 x 424 px
    height, width : int, of the network's input [px]
    crop : float, side of the central part that the network sees over the side of the image
    threads : int, that decode

    Returns
    -------
    dict
        Description of what was written: galaxies (n), height, width, crop, shape (ny, nx, 3) and
        sha256, of the ids and all bytes of the images.

    Raises
    ------
    FileNotFoundError, ValueError
        See `galbar.io.images.read_image`; no file is written.
    """
    count = len(image_paths)
    canvases = read_canvases(image_paths, height, width, crop, threads)
    shape = (*canvas_shape(height, width, crop), 3)
    size = {"height": height, "width": width, "crop": crop}
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store.attrs.update({**size, "versions": f"Pillow {PIL.__version__}"})
        ids = store["galaxy_id"] = np.asarray(galaxy_ids, dtype=np.int64)
        stored = store.create_dataset("canvas", (count, *shape), dtype=np.uint8)
        digest = sha256(ids.tobytes())
        for row, canvas in enumerate(progress(canvases, count, "images decoded")):
            stored[row] = canvas
            digest.update(canvas)
    return {"galaxies": count, **size, "shape": shape, "sha256": digest.hexdigest()}


def write_stamps(path, stamps, *, height, width, crop):
    """Write images that are made one after another, of which some cannot be.

    Parameters
    ----------
    path : str or Path, the file to be written, read as that of `write_decoded_images`
    stamps : iterable of (stamp, about)
        ``stamp`` (ny, nx, 3), uint8, or None, which is left out; ``about`` a dict with galaxy_id.
    height, width, crop : see `write_decoded_images`

    Returns
    -------
    list of dict, ``about`` of all, those that are left out included
    """
    shape = (*canvas_shape(height, width, crop), 3)
    rows, ids = [], []
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store.attrs.update({"height": height, "width": width, "crop": crop})
        # How many there will be is not known: a galaxy is a chunk, so that it stays one read.
        stored = store.create_dataset(
            "canvas", (0, *shape), np.uint8, maxshape=(None, *shape), chunks=(1, *shape)
        )
        for stamp, about in stamps:
            rows.append(about)
            if stamp is None:
                continue
            ids.append(about["galaxy_id"])
            stored.resize(len(ids), axis=0)
            stored[-1] = stamp
        store["galaxy_id"] = np.array(ids, dtype=np.int64)
    return rows


def each_image(decoded, galaxy_ids, image_paths, *, height, width, crop):
    """Yield one image after another at the scale of a network's input, decoded before or now.

    Parameters
    ----------
    decoded : str or Path, see `DecodedImages`; None: the image files are decoded
    galaxy_ids : array_like, shape (m,), int64
    image_paths : sequence of str or Path, length m, of the same galaxies
    height, width, crop : see `DecodedImages`

    Yields
    ------
    ndarray, shape (ny, nx, 3), float32, as `galbar.io.images.load_canvas` returns it

    Raises
    ------
    FileNotFoundError, ValueError : see `DecodedImages` and `galbar.io.images.read_image`
    """
    if decoded is None:
        canvases = read_canvases(image_paths, height, width, crop)
    else:
        images = DecodedImages(decoded, galaxy_ids, height=height, width=width, crop=crop)
        canvases = (images.read([row])[0] for row in range(len(images)))
    yield from map(scale_canvas, canvases)


class DecodedImages:
    """Read galaxies from a file of decoded images, which stays open.

    Parameters
    ----------
    path : str or Path, see `write_decoded_images`; or that of the description beside it
    galaxy_ids : array_like, shape (m,), int64
        The galaxies that are wanted: row i is the galaxy ``galaxy_ids[i]``, whatever the order and
        the number of those in the file.
    height, width, crop : what the images must have been decoded for

    Attributes
    ----------
    galaxy_ids : ndarray, shape (m,), int64
    height, width, crop : as given
    shape : tuple of int, (ny, nx, 3), of one image

    Raises
    ------
    FileNotFoundError : if there is no such file
    ValueError
        If the file is broken or of another kind, was decoded for another size or crop, or lacks a
        galaxy.
    """

    def __init__(self, path, galaxy_ids, *, height, width, crop):
        self.galaxy_ids = np.asarray(galaxy_ids, dtype=np.int64)
        self.height, self.width, self.crop = height, width, crop
        self.shape = (*canvas_shape(height, width, crop), 3)
        self._path = Path(path).with_suffix(".h5")
        self._store = _open(self._path)
        try:
            self._check_size()
            self._row_in_file = self._locate_galaxies()
        except ValueError:
            self._store.close()
            raise
        self._canvas = self._store["canvas"]

    def __len__(self):
        return len(self.galaxy_ids)

    def read(self, rows):
        """Read some images.

        Parameters
        ----------
        rows : array_like, shape (k,), int, rows of ``galaxy_ids``

        Returns
        -------
        ndarray, shape (k, ny, nx, 3), uint8
        """
        images = np.empty((len(rows), *self.shape), dtype=np.uint8)
        # One by one: HDF5 is slower where it is given a list.
        for image, row in zip(images, self._row_in_file[rows], strict=True):
            self._canvas.read_direct(image, np.s_[row])
        return images

    def _check_size(self):
        expected = {"height": self.height, "width": self.width, "crop": self.crop}
        for name, value in expected.items():
            stored = self._store.attrs.get(name)
            if stored != value:
                raise ValueError(
                    f"{self._path}: images decoded for image.{name} {stored}, expected {value}"
                )
        shape = self._store["canvas"].shape
        if shape != (len(self._store["galaxy_id"]), *self.shape):
            raise ValueError(
                f"{self._path}: found images of shape {shape}, expected "
                f"{(len(self._store['galaxy_id']), *self.shape)}"
            )

    def _locate_galaxies(self):
        """Return the row in the file of each galaxy that is wanted: ndarray of int."""
        ids = self._store["galaxy_id"][()]
        order = np.argsort(ids)
        position = np.searchsorted(ids, self.galaxy_ids, sorter=order)
        is_last = position == len(ids)
        row = order[np.where(is_last, 0, position)] if len(ids) else np.zeros_like(position)
        is_missing = is_last | (ids[row] != self.galaxy_ids) if len(ids) else is_last
        if is_missing.any():
            galaxy = self.galaxy_ids[is_missing][0]
            raise ValueError(
                f"{self._path}: galaxy {galaxy} is missing, expected the galaxies of the table"
            )
        return row


def _open(path):
    """Open a file of decoded images."""
    try:
        store = h5py.File(path)
    except FileNotFoundError as error:
        message = f"{path}: the decoded images are gone; this decodes them again: snakemake {path}"
        raise FileNotFoundError(message) from error
    except OSError as error:
        raise ValueError(f"{path}: found no whole file of decoded images ({error})") from error
    missing = [name for name in ("galaxy_id", "canvas") if name not in store]
    if missing:
        store.close()
        raise ValueError(f"{path}: found no dataset {missing[0]}, expected decoded images")
    return store
