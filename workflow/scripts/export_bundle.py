"""Put what a run has learned into one file, with a model card."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.bundle.card import write_card
from galbar.bundle.manifest import make_manifest
from galbar.bundle.write import write_bundle
from galbar.catalogues.splits import is_calibrating
from galbar.io.result_tables import read_result_table


def main(parts, summaries, bundle, *, configuration, trained_on, card):
    """Write the file ``bundle`` of ``parts``, name -> path.

    ``card``: what `galbar.bundle.card.write_card` takes of scores and thresholds.
    """
    networks = [read_json(path) for path in summaries]
    # Those of a network that was trained elsewhere are unknown.
    versions = {}
    for network in networks:
        versions |= network.get("versions", {})
    manifest = make_manifest(configuration, trained_on, versions)
    write_bundle(bundle, manifest, parts, write_card(manifest, networks, **card))


def read_json(path):
    """Read a file of JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def count_galaxies(training, catalogue):
    """Count the galaxies of two tables that networks were trained and lengths calibrated on."""
    trained = read_result_table(training, columns=["split"])["split"] == "train"
    galaxies = read_result_table(catalogue, columns=["split", "length_scaled"])
    return {
        "training_galaxies": int(trained.sum()),
        "calibrating_galaxies": int(is_calibrating(galaxies).sum()),
    }


if __name__ == "__main__":
    params, files = snakemake.params, snakemake.input
    main(
        dict(zip(params.names, files.parts, strict=True)),
        list(files.summaries),
        snakemake.output.bundle,
        configuration=params.configuration,
        trained_on={
            "simulated": params.simulated,
            "survey_seed": params.survey_seed if params.simulated else None,
            **count_galaxies(files.training, files.catalogue),
            "looks": params.looks,
        },
        card={
            "scores": read_result_table(files.scores),
            "interval": params.interval,
            "truth": next(map(read_result_table, files.truth), None),
            "thresholds": read_json(files.thresholds),
        },
    )
