"""Take over a network that the released code trained (``model.h5``)."""

from galbar.jobs.start import snakemake

from galbar.jobs.devices import configure_devices
from galbar.released_code.networks import describe_import, load_original
from galbar.training.loop import save_training


def main(original, model, summary, *, name, run, image):
    """Read the file ``original``; write it as ``model`` in the format of Keras 3.

    ``image`` holds height and width [px] of the network's input.
    """
    configure_devices(1)
    network = load_original(original, height=image["height"], width=image["width"])
    save_training(network, describe_import(network, original, name, run), model, summary)


if __name__ == "__main__":
    main(
        snakemake.input.model,
        snakemake.output.model,
        snakemake.output.summary,
        name=snakemake.wildcards.model,
        run=int(snakemake.wildcards.run),
        image=snakemake.params.image,
    )
