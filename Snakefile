# galbar: galaxy bar lengths from the saliency maps of convolutional neural networks.
#
#   snakemake --cores all                     the published settings, on data/
#   snakemake --profile profiles/demo         a simulated survey, on a laptop
#   snakemake --profile profiles/slurm        on a cluster
from snakemake.utils import min_version

# Tested with the version in requirements/ only.
min_version("9.27")


# The published settings; --configfile and --config change them.
configfile: workflow.source_path("config/config.yaml")


include: "workflow/rules/fetch_inputs.smk"
include: "workflow/rules/common.smk"


# Only with --sdm apptainer; before the rules, which it is for.
container: config["container"]


include: "workflow/rules/bundle_inputs.smk"
include: "workflow/rules/data_inputs.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/heatmap_inputs.smk"
include: "workflow/rules/own_inputs.smk"
include: "workflow/rules/completeness_inputs.smk"
include: "workflow/rules/cluster_inputs.smk"
include: "workflow/rules/gallery_inputs.smk"
include: "workflow/rules/rival_inputs.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/survey.smk"
include: "workflow/rules/images.smk"
# kaggle_votes.smk or gz2_votes.smk
include: f"workflow/rules/{config['data']['votes']}_votes.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/stamps.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/heatmaps.smk"
include: "workflow/rules/lengths.smk"
include: "workflow/rules/control.smk"
include: "workflow/rules/rivals.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/calibration.smk"
include: "workflow/rules/check_inputs.smk"
include: "workflow/rules/heatmap_checks.smk"
include: "workflow/rules/completeness.smk"
include: "workflow/rules/bundle.smk"
include: "workflow/rules/figures_networks.smk"
include: "workflow/rules/figures_maps.smk"
include: "workflow/rules/figures_examples.smk"
include: "workflow/rules/figures_scores.smk"
include: "workflow/rules/figures_completeness.smk"
include: "workflow/rules/figures_front_page.smk"
include: "workflow/rules/gallery.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/cluster.smk"


add_scripts()


# Not in a dry run, which shows what would be done before anything is set.
onstart:
    if workflow.is_main_process:
        if find_unset():
            raise WorkflowError(
                f"{', '.join(get_profiles())}: found SET_ME, expected the names of your account "
                f"and partitions, at {', '.join(find_unset())}; make slurm-profile finds them"
            )
        if LOOKED_AT_ONCE:
            logger.info(
                "Images that were looked at before are not looked at again. After images have "
                f"been added or replaced: snakemake --forcerun {' '.join(LOOKED_AT_ONCE)} ..."
            )


# It describes the configuration, which a workflow that loads this one as a module has not got.
if workflow.modifier.is_main_snakefile():

    report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        (
            rules.measured.input
            if BUNDLED
            else [
                rules.all_figures.input,
                rules.all_lengths.input,
                rules.all_checks.input,
                get_kept_heatmaps(MODELS),
                rules.all_models.input,
                get_bundle(),
            ]
        ),
    localrule: True
