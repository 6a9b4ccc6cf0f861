"""Make the gallery of a catalogue: a page of its galaxies with their bars."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.gallery.folder import write_gallery
from galbar.gallery.shown_setting import setting_in_words
from galbar.io.result_tables import read_result_table


def main(lengths, sheets, chosen, gallery, page, *, catalogue):
    """Write the folder and the page of one file."""
    choice = json.loads(Path(chosen).read_text(encoding="utf-8"))["within_calibration"]
    table = read_result_table(lengths)
    words = setting_in_words(choice)
    write_gallery(gallery, page, catalogue, table, sheets, setting=words)


if __name__ == "__main__":
    main(
        snakemake.input.lengths,
        list(snakemake.input.sheets),
        snakemake.input.chosen,
        snakemake.output.gallery,
        snakemake.output.page,
        catalogue=snakemake.wildcards.catalogue,
    )
