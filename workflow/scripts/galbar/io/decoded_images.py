"""Files of decoded images: the galaxies of a catalogue at the scale of a network's input.

Decoding and shrinking a JPEG takes a hundred times as long as reading what comes out, and every
training and every prediction wants the same images. The file has ``galaxy_id`` (n,) and ``canvas``
(n, ny, nx, 3), uint8, uncompressed and in one piece: a galaxy is one read, wherever it lies.
"""

import h5py
import numpy as np
import PIL

from galbar.io.atomic import atomic_write
from galbar.io.images import canvas_shape, read_canvases
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

    Raises
    ------
    FileNotFoundError, ValueError
        See `galbar.io.images.read_image`; no file is written.
    """
    count = len(image_paths)
    canvases = read_canvases(image_paths, height, width, crop, threads)
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store.attrs.update({"height": height, "width": width, "crop": crop})
        store.attrs["versions"] = f"Pillow {PIL.__version__}"
        store["galaxy_id"] = np.asarray(galaxy_ids, dtype=np.int64)
        shape = (count, *canvas_shape(height, width, crop), 3)
        stored = store.create_dataset("canvas", shape, dtype=np.uint8)
        for row, canvas in enumerate(progress(canvases, count, "images decoded")):
            stored[row] = canvas


class DecodedImages:
    """Read galaxies from a file of decoded images, which stays open.

    Parameters
    ----------
    path : str or Path, see `write_decoded_images`
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
        self._path = path
        self._store = _open(path)
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
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{path}: found no whole file of decoded images ({error})") from error
    missing = [name for name in ("galaxy_id", "canvas") if name not in store]
    if missing:
        store.close()
        raise ValueError(f"{path}: found no dataset {missing[0]}, expected decoded images")
    return store
