"""Predict by all networks what volunteers would say of a user's own galaxies."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.io.atomic import write_csv
from galbar.io.decoded_images import each_image
from galbar.io.result_tables import read_result_table
from galbar.io.shards import rows_of_shard
from galbar.jobs.devices import check_gpu, configure_devices
from galbar.training.own_votes import load_networks, predict_networks, tabulate_own_votes


def main(models, catalogue, votes, *, decoded, directory, shard, image, batch_size, threads):
    """Write the shares of votes for a bar of the galaxies of a shard."""
    configure_devices(threads, deterministic=True)
    galaxies = read_result_table(catalogue, columns=["galaxy_id", "image"])
    galaxies = galaxies.iloc[rows_of_shard(shard, len(galaxies))]
    shape = {"height": image["height"], "width": image["width"]}
    networks = load_networks(models, **shape)
    paths = [Path(directory, name) for name in galaxies["image"]]
    images = each_image(decoded, galaxies["galaxy_id"], paths, **image)
    predicted = predict_networks(networks, images, len(galaxies), **shape, batch_size=batch_size)
    write_csv(tabulate_own_votes(galaxies["galaxy_id"], predicted), votes)


if __name__ == "__main__":
    params = snakemake.params
    check_gpu(snakemake.resources.without_gpu)
    main(
        list(snakemake.input.models),
        snakemake.input.catalogue,
        snakemake.output.votes,
        decoded=next(iter(snakemake.input.images), None),
        directory=params.directory,
        shard=params.shard,
        image=params.image,
        batch_size=params.batch_size,
        threads=snakemake.threads,
    )
