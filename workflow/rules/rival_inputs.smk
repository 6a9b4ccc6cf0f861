# What the rules take that measure the bar catalogue by other methods, and those that score them.

# Tables of lengths by other methods: name -> its entry.
EXTERNAL = {entry["name"]: entry for entry in config["scores"]["external"]}
# What the scores read of each method.
ELLIPSES = "results/rivals/ellipse/hoyle.csv" if config["scores"]["isophotes"] else []
MOMENTS = [
    f"results/rivals/moments/{name}" for name in ("hoyle.h5", "chosen_setting.json")
]
EXTERNAL_LENGTHS = expand("results/rivals/external/{external}.csv", external=EXTERNAL)
# How scores get their intervals: of these, and of all others.
BOOTSTRAP = {
    "bootstrap_samples": config["scores"]["bootstrap_samples"],
    "interval": config["scores"]["interval"],
    "seed": config["seed"],
}
# What is measured on images: without what only heat maps have.
IMAGE_GRID = {key: GRID[key] for key in GRID if key not in ("kinds", "xinput")}


def get_external_table(wildcards):
    """Return a user's table of lengths by another method."""
    return local(EXTERNAL[wildcards.external]["table"])


def get_external_columns(wildcards):
    """Return what that table calls galbar's columns."""
    return EXTERNAL[wildcards.external]["columns"]
