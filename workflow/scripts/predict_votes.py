"""Predict the votes of the training and of the test galaxies."""

from galbar.jobs.start import snakemake

import keras

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.training.input_pipeline import open_canvases
from galbar.training.prediction import check_network, predict_images, votes_table


def main(model, tables, decoded, predictions, *, image, batch_size, threads):
    """Predict for the ``decoded`` images of each of the ``tables``; write as many ``predictions``.

    ``image`` holds height, width [px] and crop.
    """
    configure_devices(threads)
    network = keras.models.load_model(model, compile=False)
    shape = {key: image[key] for key in ("height", "width")}
    check_network(network, model, **shape, outputs=len(VOTE_COLUMNS))
    for table, images, path in zip(tables, decoded, predictions, strict=True):
        galaxies = read_result_table(table)
        # Each image is wanted once: none is kept.
        canvases = open_canvases(images, galaxies["galaxy_id"], **image, memory_mb=0)
        votes = predict_images(network, canvases, batch_size=batch_size)
        write_csv(votes_table(galaxies, votes), path)


if __name__ == "__main__":
    check_gpu(snakemake.resources.without_gpu)
    main(
        snakemake.input.model,
        [snakemake.input.training, snakemake.input.test],
        [snakemake.input.training_images, snakemake.input.test_images],
        [snakemake.output.training, snakemake.output.test],
        image=snakemake.params.image,
        batch_size=snakemake.params.batch_size,
        threads=snakemake.threads,
    )
