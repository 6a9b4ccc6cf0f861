"""Draw bar lengths on heat maps and by the control network against the catalogue (figure 4)."""

from galbar.jobs.start import snakemake

from galbar.figures.length_panels import control_panel, heatmap_panel, read_lengths
from galbar.figures.scatter import draw_lengths
from galbar.figures.style import KPC, save_figure
from galbar.io.result_tables import read_result_table


def main(lengths, control, scores, png, pdf, *, sample, omega_m, dpi):
    """Draw the heat maps' lengths, and on the common sample the control's beside them."""
    measured, catalogue = read_lengths(lengths)
    scored = read_result_table(scores)
    panels = [heatmap_panel(measured, catalogue, scored, sample)]
    # The control network was trained on the other galaxies: never drawn for them.
    if sample == "common":
        panels.append(control_panel(control, catalogue, scored, omega_m))
    labels = f"bar length, catalogue [{KPC}]", f"bar length, measured [{KPC}]"
    save_figure(draw_lengths(panels, *labels), png, pdf, dpi)


if __name__ == "__main__":
    main(
        snakemake.input.lengths,
        snakemake.input.control,
        snakemake.input.scores,
        snakemake.output.png,
        snakemake.output.pdf,
        sample=snakemake.params.sample,
        omega_m=snakemake.params.omega_m,
        dpi=snakemake.params.dpi,
    )
