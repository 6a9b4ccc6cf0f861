# What the rules of the gallery take: functions, as in inputs.smk.
from galbar.config.figures import list_galleries
from galbar.gallery.page_files import PAGE_FILES

# Files of the page, beside the library: through Snakemake's source cache, as its modules.
PAGE = [
    workflow.source_path(f"../scripts/galbar/gallery/page/{name}")
    for name in PAGE_FILES
]
# Catalogues that have a gallery: not that of thousands of simulated galaxies.
GALLERIES = list_galleries(
    config["figures"]["galleries"],
    [catalogue for catalogue in CATALOGUES if catalogue != COMPLETENESS],
)


@cache
def digest_page():
    """Return a digest of the page's files: a param, so that edits rerun."""
    texts = (Path(path).read_bytes() for path in PAGE)
    return sha256(b"\n".join(texts)).hexdigest()[:12]


def get_page(wildcards):
    """Return the digest of the page's files."""
    return digest_page()


def get_gallery_heatmaps(wildcards):
    """Return the heat maps of a shard that the gallery may show: of which network is chosen later.

    None where heat maps are deleted as soon as they are measured.
    """
    if not HEATMAPS["keep"]:
        return []
    return expand(
        "results/{model}/run1/heatmaps/{catalogue}/{maps}{shard}.h5",
        model=CALIBRATED_MODELS,
        maps=CALIBRATED_MAPS,
        allow_missing=True,
    )


def get_sheets(wildcards):
    """Return the sheets of pictures of all shards of a catalogue."""
    return expand(
        "results/gallery_sheets/{catalogue}{shard}.zip",
        catalogue=wildcards.catalogue,
        shard=PATH_ENDS[wildcards.catalogue],
    )


def get_galleries(catalogues=CATALOGUES):
    """Return the galleries of those of the catalogues that have one."""
    shown = [catalogue for catalogue in catalogues if catalogue in GALLERIES]
    return expand("results/gallery/{catalogue}", catalogue=shown)
