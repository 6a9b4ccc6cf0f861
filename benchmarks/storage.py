"""Ways of storing heat maps: size, speed, and how many measured lengths they change.

Usage, from the root of the repository: ``.venv/bin/python benchmarks/storage.py``; with
``--heatmaps FILE`` on computed maps, else on drawn ones with speckle like that of trained networks,
at 224 and 64 px.

Every way stores the same maps of all kinds in HDF5, a chunk per galaxy or per eight, written and
read chunk by chunk as the workflow does it; a checked copy. Speeds are those of float32 values,
by CPU time: the files stay in the system's memory.

A length counts as changed if it differs at all from that of the float32 map, or is measurable in
one of the two only ("lost"). Settings are the 25 published pairs, 20 of ``elongation`` and 5 of
``level``, without the image. One line is no way of storing: every value moved at random by 5e-8 of
it, which is what another batch size does to a map.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT)]

from machine import describe_machine  # noqa: E402

from galbar.attribution.heatmap_files import KINDS, open_complete  # noqa: E402
from galbar.io.images import pixel_scale  # noqa: E402
from galbar.lengths.measure import list_settings, measure_map  # noqa: E402
from tests.helpers.drawn_maps import speckled_maps  # noqa: E402


def round_mantissa(values, bits):
    """Round away the last bits of float32 values, to the nearest, ties to even."""
    whole = values.view(np.uint32).astype(np.uint64)
    half = (np.uint64(1) << np.uint64(bits - 1)) - np.uint64(1) + ((whole >> bits) & np.uint64(1))
    return ((whole + half) >> bits << bits).astype(np.uint32).view(np.float32)


def scale_uint16(values):
    """Scale each map linearly to 0 to 65535."""
    low = values.min(axis=(-2, -1), keepdims=True).astype(float)
    step = (values.max(axis=(-2, -1), keepdims=True) - low) / 65535
    codes = np.rint((values - low) / step).astype(np.uint16)
    return codes, (low + codes * step).astype(np.float32)


def half(values):
    """Store as float16, cast by numpy."""
    codes = values.astype(np.float16)
    return codes, codes.astype(np.float32)


def keep(values):
    """Store as they are."""
    return values, values


def rounded(bits):
    """Store without the last bits of the mantissa."""

    def encode(values):
        values = round_mantissa(values, bits)
        return values, values

    return encode


def moved(values):
    """Move every value at random by 5e-8 of it."""
    noise = np.random.default_rng(5).standard_normal(values.shape)
    values = (values * (1 + 5e-8 * noise)).astype(np.float32)
    return values, values


class Way(NamedTuple):
    """A way of storing: of the values, and the filters of HDF5."""

    name: str
    encode: callable
    filters: dict


PLAIN = {}
LZF = {"shuffle": True, "compression": "lzf"}
GZIP = {"shuffle": True, "compression": "gzip", "compression_opts": 1}
GZIP_4 = GZIP | {"compression_opts": 4}

WAYS = (
    Way("float32", keep, PLAIN),
    Way("float32, lzf", keep, LZF),
    Way("float32, gzip 1", keep, GZIP),
    Way("float32, gzip 4", keep, GZIP_4),
    *(
        Way(f"float32 less {bits} bits, {name}", encode, filters)
        for bits, encode in {bits: rounded(bits) for bits in (4, 8, 11, 13)}.items()
        for name, filters in (("lzf", LZF), ("gzip 1", GZIP))
    ),
    Way("uint16 linear", scale_uint16, PLAIN),
    Way("uint16 linear, gzip 1", scale_uint16, GZIP),
    Way("float16", half, PLAIN),
    Way("float16, gzip 1", half, GZIP),
    Way("(moved by 5e-8)", moved, PLAIN),
)


def read_stacks(path, count):
    """Kinds of maps, (n, ny, nx) each, that are finite in every kind, and their pixel scale."""
    with open_complete(path) as file:
        stacks = {kind: file[kind][:count] for kind in KINDS if kind in file}
        scale = pixel_scale(int(file.attrs["image_width"]), float(file.attrs["crop"]))
    finite = np.all([np.isfinite(one).all(axis=(1, 2)) for one in stacks.values()], axis=0)
    if not finite.any():
        raise SystemExit(f"{path}: none of the first {count} galaxies has finite maps")
    return {kind: stack[finite] for kind, stack in stacks.items()}, scale


def draw_stacks(side, count):
    """Draw kinds of maps, (n, ny, nx) each, and return them with their pixel scale."""
    maps = list(speckled_maps(count, side))
    return {kind: np.stack([one[kind] for one in maps]) for kind in KINDS}, pixel_scale(side, 1.0)


def measure_all(stacks, scale):
    """Lengths of each kind with all settings, (n, s) each [px of the 424 px image]."""
    lengths = {}
    for kind, stack in stacks.items():
        settings = list_settings(
            criteria=["pearson", "elongation", "level"],
            kinds=[kind],
            xinput=[False],
            smoothing=[0],
            corr_threshold=[0.7, 0.75, 0.8, 0.85, 0.9],
            len_threshold=[10, 20, 30, 40, 50],
            elongation_threshold=[0.6, 0.7, 0.8, 0.9],
            level_fraction=[0.2, 0.3, 0.4, 0.5, 0.6],
        )
        lengths[kind] = np.array([measure_map({kind: one}, settings, scale)[0] for one in stack])
    return lengths


def store(path, codes, filters, block):
    """Write and read maps as codes; return the size of the file and both times [s]."""
    begin = time.process_time()
    with h5py.File(path, "w") as file:
        for kind, stack in codes.items():
            chunks = (min(block, len(stack)), *stack.shape[1:])
            file.create_dataset(kind, stack.shape, stack.dtype, chunks=chunks, **filters)
        for first in range(0, len(stack), block):
            for kind, stack in codes.items():
                file[kind][first : first + block] = stack[first : first + block]
    written = time.process_time()
    with h5py.File(path) as file:
        for first in range(0, len(stack), block):
            for kind, stack in codes.items():
                found = file[kind][first : first + block]
                if not np.array_equal(found, stack[first : first + block]):
                    raise SystemExit(f"{path}: {kind} is not read as it was written")
    return path.stat().st_size, written - begin, time.process_time() - written


def storage_columns(codes, filters, folder):
    """Size of a map [byte], its ratio to float32, writing and reading [MB/s]; ratio and so on."""
    number, pixels = sum(map(len, codes.values())), sum(one.size for one in codes.values())
    columns = ""
    for block in (1, 8):
        size, *seconds = store(folder / "maps.h5", codes, filters, block)
        if block == 1:
            columns += f"{size / number:8.0f}"
        columns += f" {size / pixels / 4:6.2f}"
        columns += "".join(f" {4 * pixels / 1e6 / max(one, 1e-9):6.0f}" for one in seconds)
    return columns


def change_columns(found, expected):
    """Compare lengths: changed ones of each kind [%], most [px], by over 1 px [%], lost [%]."""
    columns, changes = "", []
    for kind, lengths in expected.items():
        both_nan = np.isnan(found[kind]) & np.isnan(lengths)
        changes.append(np.where(both_nan, 0, np.abs(found[kind] - lengths)).ravel())
        columns += f" {100 * (changes[-1] != 0).mean():{max(8, len(kind))}.4f}"
    changes = np.concatenate(changes)
    # NaN where only one of the two is measurable.
    over, lost = (changes > 1).mean(), np.isnan(changes).mean()
    return columns + f" {np.nanmax(changes):7.1f} {100 * over:8.4f} {100 * lost:8.4f}"


def print_head(kinds):
    """Print the names of the columns, over what they have in common."""
    speeds = f" {'ratio':>6} {'write':>6} {'read':>6}"
    changes = "".join(f" {kind:>{max(8, len(kind))}}" for kind in kinds)
    sizes = f"{'byte':>8}{speeds}{speeds}"
    where = f"{'one galaxy per chunk':>29} {'eight':>20}"
    print(f"{'':28} {where}  lengths changed [%], most [px], more than 1 px [%], lost [%]")
    print(f"{'[MB/s]':28} {sizes}{changes} {'most':>7} {'> 1 px':>8} {'lost':>8}")


def print_table(stacks, scale, about):
    """Print a line per way of storing."""
    count, *shape = next(iter(stacks.values())).shape
    print(f"\n{about}: {count} galaxies, {len(stacks)} kinds, {shape[0]} x {shape[1]} px")
    print_head(stacks)
    expected = measure_all(stacks, scale)
    changes = {}
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            encoded = {kind: way.encode(stack) for kind, stack in stacks.items()}
            codes = {kind: codes for kind, (codes, _) in encoded.items()}
            if way.encode not in changes:
                found = measure_all({kind: one for kind, (_, one) in encoded.items()}, scale)
                changes[way.encode] = change_columns(found, expected)
            columns = storage_columns(codes, way.filters, Path(folder))
            print(f"{way.name:28} {columns} {changes[way.encode]}", flush=True)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--heatmaps", nargs="+", help="files of heat maps; else drawn ones")
    parser.add_argument("--galaxies", type=int, default=40, help="number of galaxies")
    options = parser.parse_args()
    print(describe_machine())
    if options.heatmaps:
        for path in options.heatmaps:
            print_table(*read_stacks(path, options.galaxies), path)
    else:
        for side in (224, 64):
            print_table(*draw_stacks(side, options.galaxies), "drawn maps")


if __name__ == "__main__":
    main()
