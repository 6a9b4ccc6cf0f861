# galbar: galaxy bar lengths from the saliency maps of convolutional neural networks.
#
#   snakemake --cores all                     the published settings, on data/
#   snakemake --profile profiles/demo         a simulated survey, on a laptop
#   snakemake --profile profiles/slurm        on a cluster
from snakemake.utils import min_version

min_version("9.16")


# The published settings; --configfile and --config change them.
configfile: workflow.source_path("config/config.yaml")


include: "workflow/rules/common.smk"
include: "workflow/rules/survey.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/heatmaps.smk"
include: "workflow/rules/lengths.smk"
include: "workflow/rules/control.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/targets.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        rules.all_figures.input,
        rules.all_lengths.input,
        rules.all_models.input,
    localrule: True
