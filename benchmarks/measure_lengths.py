"""How much faster the published grid is measured than by the plain loops of the released code.

Usage, from the root of the repository: ``.venv/bin/python benchmarks/measure_lengths.py``. Both
measure the same drawn heat maps side by side, so that the ratio holds on a busy machine too. The
plain loops take a minute: by default they measure 5 of the 25 pairs of thresholds on each map.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "unit")]

import plain_loops  # noqa: E402
from drawn_maps import drawn_map  # noqa: E402

from galbar.measuring import list_settings, measure_map  # noqa: E402

SIDE = 224


def list_pairs():
    """List the published grid without xinput: 25 pairs of thresholds."""
    return list_settings(
        methods=["pearson"],
        kinds=["absolute"],
        xinput=[False],
        smoothing=[0],
        corr_threshold=[0.7, 0.75, 0.8, 0.85, 0.9],
        len_threshold=[10, 20, 30, 40, 50],
        elongation_threshold=[],
        level_fraction=[],
    )


def time_plain(heatmap, settings):
    """Seconds and lengths of the plain loops, one pair of thresholds after the other."""
    begin = time.perf_counter()
    lengths = [plain_loops.measure(heatmap, [setting], 424 / SIDE)[0][0] for setting in settings]
    return time.perf_counter() - begin, lengths


def time_galbar(heatmap, settings, repeats=20):
    """Seconds and lengths of galbar, the median of some repeats."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        lengths, _, _ = measure_map({"absolute": heatmap}, settings, 424 / SIDE)
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds)), lengths


def main():
    """Print times per pair of thresholds and their ratio for a few maps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=3, help="number of heat maps")
    parser.add_argument("--all", action="store_true", help="all 25 pairs by the plain loops too")
    options = parser.parse_args()
    settings = list_pairs()
    some = settings if options.all else settings[::6]
    print(f"{SIDE} x {SIDE} px, 25 pairs of thresholds by galbar, {len(some)} by the plain loops")
    ratios = []
    for i in range(options.maps):
        heatmap = drawn_map(SIDE, 40 + 10 * i, 50 * i, noise=0.15, seed=i)
        plain, expected = time_plain(heatmap, some)
        fast, lengths = time_galbar(heatmap, settings)
        if not np.array_equal(lengths[[settings.index(one) for one in some]], expected):
            raise SystemExit(f"map {i}: the lengths differ")
        per_pair = plain / len(some), fast / len(settings)
        ratios.append(per_pair[0] / per_pair[1])
        print(
            f"map {i}: plain loops {per_pair[0] * 1e3:.0f} ms per pair, galbar {fast * 1e3:.2f} ms "
            f"for all, ratio {ratios[-1]:.0f}, lengths equal"
        )
    print(f"median ratio per pair of thresholds: {np.median(ratios):.0f}")


if __name__ == "__main__":
    main()
