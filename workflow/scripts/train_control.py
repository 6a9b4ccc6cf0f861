"""Train the control, which learns bar lengths from the images directly, and predict them."""

from galbar.jobs.start import snakemake

from galbar.catalogues.splits import control_rows
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.jobs.sigterm import watch_for_interruption
from galbar.jobs.takeover import OutputOwnership
from galbar.training.input_pipeline import open_canvases
from galbar.training.loop import save_training, train_configured
from galbar.training.prediction import lengths_table, predict_images

CONTROL = {"activation": "softplus", "name": "control", "run": 1}


def main(catalogue, decoded, model, log, summary, predictions, *, image, threads, memory_mb, **how):
    """Read the catalogue and its images; write the network, its training, all its predictions.

    ``image``: height, width, crop; ``how``: see `train_configured`.
    """
    ownership = OutputOwnership(model)
    configure_devices(threads, deterministic=True)
    galaxies = read_result_table(catalogue)
    canvases = open_canvases(decoded, galaxies["galaxy_id"], **image, memory_mb=memory_mb)
    rows = control_rows(galaxies, how["augmentation"]["validation_split"], how["seed"])
    targets = galaxies[["length_scaled"]].to_numpy()
    network, training_summary = train_configured(
        canvases, targets, *rows, **CONTROL, log_path=log, ownership=ownership, **how
    )
    ownership.check()
    save_training(network, training_summary, model, summary)
    lengths = predict_images(network, canvases, batch_size=how["training"]["batch_size"])
    write_csv(lengths_table(galaxies, lengths), predictions)
    ownership.release()


if __name__ == "__main__":
    params, source, output = snakemake.params, snakemake.input, snakemake.output
    check_gpu(snakemake.resources.without_gpu)
    watch_for_interruption()
    main(
        *(source.catalogue, source.decoded),
        *(output.model, output.log, output.summary, output.predictions),
        threads=snakemake.threads,
        memory_mb=snakemake.resources.mem_mb,
        weights=next(iter(source.weights), None),
        **{key: params[key] for key in ("image", "seed", "network")},
        **{key: params[key] for key in ("augmentation", "training")},
    )
