"""Select galaxies that are measured well, typically and badly, by a stated rule."""

from galbar.jobs.start import snakemake

import numpy as np

from galbar.figures.galaxy_selection import select_by_error
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.lengths.units import scaled_from_pixels
from galbar.scores.truth import read_true_angles, read_truth


def main(lengths, truth, examples, *, quantiles):
    """Write the galaxies at quantiles of the error, against the truth (a list of one file or none).

    ``known_px`` [pixel of the 424 px image] and ``known_angle`` [degree] are true, or the
    catalogue's, which knows no angle; ``reference`` says which.
    """
    table = read_result_table(lengths)
    ids = table["galaxy_id"].to_numpy()
    scaled, angle = table["length_scaled_catalogue"], np.full(len(ids), np.nan)
    if truth:
        scaled, angle = read_truth(truth[0], ids)["length_scaled"], read_true_angles(truth[0], ids)
    table = table.assign(known_px=scaled / scaled_from_pixels(1.0), known_angle=angle)
    chosen = select_by_error(table, quantiles)
    chosen = chosen.merge(table[["galaxy_id", "known_px", "known_angle"]], on="galaxy_id")
    write_csv(chosen.assign(reference="truth" if truth else "catalogue"), examples)


if __name__ == "__main__":
    main(
        snakemake.input.lengths,
        list(snakemake.input.truth),
        snakemake.output.examples,
        quantiles=snakemake.params.quantiles,
    )
