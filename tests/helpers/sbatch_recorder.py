"""Snakemake's dry run, in which the plugin for SLURM builds and calls ``sbatch`` as in a run.

``python sbatch_recorder.py SNAKEMAKE-ARGUMENTS``: the first job of each rule that would be
submitted goes through the plugin, with whatever ``sbatch`` is first on PATH.
"""

import copy
import sys

from snakemake.cli import main, parse_args
from snakemake.executors import dryrun
from snakemake_executor_plugin_slurm import Executor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry


class Submitter(Executor):
    """The plugin's executor, which does not look at what it has submitted."""

    def __init__(self, workflow, logger):
        # As in a run: the workflow of a dry run has the settings of no plugin.
        workflow = copy.copy(workflow)
        workflow._executor_plugin = ExecutorPluginRegistry().get_plugin("slurm")
        _, arguments = parse_args(sys.argv[1:])
        workflow.executor_settings = workflow.executor_plugin.get_settings(arguments)
        super().__init__(workflow, logger)

    def _wait_thread(self):
        """Look at no job: none exists."""

    def _report_job_submission_threadsafe(self, job_info):
        """Forget the job."""

    def _report_job_error_threadsafe(self, job_info, msg):
        raise RuntimeError(msg)


dry_run_job = dryrun.Executor.run_job
submitters, rules = [], set()


def run_job(self, job):
    """Submit the first job of each rule; then what a dry run does."""
    # In a dry run every job says that it is local.
    local = job.rule.norun or job.rule.name in self.workflow._localrules
    if not local and job.rule.name not in rules:
        rules.add(job.rule.name)
        if not submitters:
            submitters.append(Submitter(self.workflow, self.logger))
        submitters[0].run_job(job)
    dry_run_job(self, job)


dryrun.Executor.run_job = run_job
main()
