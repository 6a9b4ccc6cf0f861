"""Train one network on the volunteers' votes."""

from galbar.jobs.start import snakemake

import numpy as np

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.result_tables import read_result_table
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.jobs.sigterm import watch_for_interruption
from galbar.jobs.takeover import OutputOwnership
from galbar.training.input_pipeline import open_canvases
from galbar.training.loop import save_training, train_configured


def main(table, decoded, model, log, summary, *, image, threads, memory_mb, **how):
    """Read the training table and its decoded images; write the network and how it was trained.

    ``image`` holds height, width and crop; ``how`` holds name, run, seed, network, weights,
    augmentation and training (see `galbar.training.loop.train_configured`).
    """
    ownership = OutputOwnership(model)
    configure_devices(threads, deterministic=True)
    galaxies = read_result_table(table)
    network, training_summary = train_configured(
        open_canvases(decoded, galaxies["galaxy_id"], **image, memory_mb=memory_mb),
        galaxies[list(VOTE_COLUMNS)].to_numpy(),
        np.flatnonzero(galaxies["split"] == "train"),
        np.flatnonzero(galaxies["split"] == "validation"),
        activation="sigmoid",
        log_path=log,
        ownership=ownership,
        **how,
    )
    ownership.check()
    save_training(network, training_summary, model, summary)
    ownership.release()


if __name__ == "__main__":
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    check_gpu(snakemake.resources.without_gpu)
    watch_for_interruption()
    main(
        *(source.table, source.decoded, output.model, output.log, output.summary),
        threads=snakemake.threads,
        memory_mb=snakemake.resources.mem_mb,
        name=snakemake.wildcards.model,
        run=int(snakemake.wildcards.run),
        weights=next(iter(source.weights), None),
        **{key: params[key] for key in ("image", "seed", "network")},
        **{key: params[key] for key in ("augmentation", "training")},
    )
