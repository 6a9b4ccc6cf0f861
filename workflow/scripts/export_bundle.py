"""Put what a run has learned into one file, with a model card."""

from galbar.jobs.start import snakemake

import json
from pathlib import Path

from galbar.bundle.card import write_card
from galbar.bundle.manifest import make_manifest
from galbar.bundle.training import count_galaxies
from galbar.bundle.write import write_bundle
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


if __name__ == "__main__":
    params, files = snakemake.params, snakemake.input
    main(
        dict(zip(params.names, files.parts, strict=True)),
        list(files.summaries),
        snakemake.output.bundle,
        configuration=params.configuration,
        trained_on={
            "simulated": params.simulated,
            "votes": params.votes,
            "survey_seed": params.survey_seed if params.simulated else None,
            **count_galaxies(
                read_result_table(files.training, columns=["split"]),
                read_result_table(files.catalogue, columns=["split", "length_scaled"]),
            ),
            "looks": params.looks,
        },
        card={
            "scores": read_result_table(files.scores),
            "interval": params.interval,
            "truth": next(map(read_result_table, files.truth), None),
            "thresholds": read_json(files.thresholds),
        },
    )
