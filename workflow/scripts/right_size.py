"""Print and write what the rules asked for, what their jobs used, and what to ask for."""

from galbar.jobs.start import snakemake

from pathlib import Path

from galbar.cluster.accounting import read_jobs
from galbar.cluster.checks import read_partitions, run_command
from galbar.cluster.right_size import (
    compare_sizes,
    format_sizes,
    format_snippet,
    limit_runtimes,
    read_benchmarks,
)
from galbar.io.atomic import atomic_write, write_csv
from galbar.io.job_log import print_outside


def main(requests, gpu_rules, logs, sizes, entries):
    """Write both files; return the table for a terminal."""
    benchmarks = read_benchmarks(Path(sizes).parents[1] / "benchmarks")
    jobs, remarks = read_jobs(Path.cwd(), logs)
    try:
        partitions = read_partitions(run_command)
    except OSError as error:
        partitions = {}
        remarks.append(f"the partitions' times are not known: {str(error).splitlines()[0]}")
    table = compare_sizes(limit_runtimes(requests, partitions), benchmarks, jobs)
    write_csv(table, sizes)
    with atomic_write(entries) as temporary:
        temporary.write_text(format_snippet(table, gpu_rules), encoding="utf-8")
    return format_sizes(table, remarks)


if __name__ == "__main__":
    text = main(
        snakemake.params.requests,
        snakemake.params.gpu_rules,
        snakemake.params.logs,
        snakemake.output.sizes,
        snakemake.output.entries,
    )
    print(text)
    print_outside(text)
