// Sliders with histograms for numbers, and boxes for texts of few values.
"use strict";

const Filters = {
  BINS: 30, STEPS: 300,
  // Texts with more different values than this get no boxes.
  MOST_VALUES: 12,
  sliders: [], facets: [], changed: () => {},

  start() {
    for (const column of Gallery.info.columns) {
      if (column.slider) this.addSlider(column);
      else if (!column.number && !["galaxy_id", "id", "note", "verdict"].includes(column.name)) this.addFacet(column);
    }
    this.addFacet({ name: "verdict", label: "verdict" });
    document.getElementById("reset").addEventListener("click", () => this.reset());
  },

  addSlider(column) {
    const range = this.range(Gallery.columns[column.name]);
    if (!range) return;
    const slider = { ...column, low: range[0], high: range[1] };
    const node = document.createElement("div");
    node.className = "slider";
    const name = column.unit ? `${column.label} [${column.unit}]` : column.label;
    slider.text = this.line("range");
    slider.histogram = Draw.element("svg", {
      viewBox: `0 0 ${this.BINS} 20`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    slider.all = Draw.element("path", { class: "all" });
    slider.passing = Draw.element("path", { class: "passing" });
    slider.histogram.append(slider.all, slider.passing);
    const tracks = this.line("tracks");
    slider.inputs = ["smallest", "largest"].map((end, number) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: 0, max: this.STEPS, value: number * this.STEPS });
      input.setAttribute("aria-label", `${end} ${name}`);
      input.addEventListener("input", () => this.moved(slider, number));
      tracks.append(input);
      return input;
    });
    const head = this.line("head");
    head.textContent = name;
    node.append(head, slider.histogram, tracks, slider.text);
    document.getElementById("sliders").append(node);
    this.sliders.push(slider);
    this.describe(slider);
  },

  line(name) {
    const node = document.createElement("div");
    node.className = name;
    return node;
  },

  // Smallest and largest number; nothing where all are equal or unknown.
  range(values) {
    let low = Infinity, high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return high > low ? [low, high] : null;
  },

  moved(slider, number) {
    const [first, second] = slider.inputs;
    // One does not pass the other.
    if (Number(first.value) > Number(second.value)) slider.inputs[number].value = slider.inputs[1 - number].value;
    if (Number(first.value) === 0 && Number(second.value) === this.STEPS) delete Gallery.ranges[slider.name];
    else Gallery.ranges[slider.name] = this.limits(slider);
    this.describe(slider);
    this.changed();
  },

  // The ends are exact, so that rounding loses no galaxy.
  limits(slider) {
    return slider.inputs.map((input) => {
      const step = Number(input.value);
      if (step === 0) return slider.low;
      if (step === this.STEPS) return slider.high;
      return slider.low + (slider.high - slider.low) * step / this.STEPS;
    });
  },

  describe(slider) {
    const texts = this.limits(slider).map((value) => Draw.number(value));
    slider.text.textContent = texts.join(" \u2013 ");
    slider.inputs.forEach((input, number) => input.setAttribute("aria-valuetext", texts[number]));
  },

  addFacet(column) {
    const counts = new Map();
    const names = column.name === "verdict" ? ["", ...Object.keys(Verdicts.NAMES)] : Gallery.columns[column.name];
    for (const text of names) counts.set(text, 0);
    if (counts.size < 2 || counts.size > this.MOST_VALUES) return;
    const node = document.createElement("fieldset");
    node.className = "facet";
    const legend = document.createElement("legend");
    legend.textContent = column.label;
    node.append(legend);
    const facet = { name: column.name, boxes: new Map(), counts: new Map() };
    for (const text of column.name === "verdict" ? counts.keys() : [...counts.keys()].sort()) {
      const label = document.createElement("label"), box = document.createElement("input");
      Object.assign(box, { type: "checkbox", checked: true, value: text });
      box.addEventListener("change", () => this.ticked(facet));
      const words = document.createElement("span"), count = document.createElement("span");
      words.textContent = text || "none";
      count.className = "count";
      label.append(box, words, count);
      node.append(label);
      facet.boxes.set(text, box);
      facet.counts.set(text, count);
    }
    document.getElementById("facets").append(node);
    this.facets.push(facet);
  },

  ticked(facet) {
    const hidden = new Set();
    facet.boxes.forEach((box, text) => { if (!box.checked) hidden.add(text); });
    if (hidden.size) Gallery.hidden[facet.name] = hidden;
    else delete Gallery.hidden[facet.name];
    this.changed();
  },

  reset() {
    Gallery.ranges = {};
    Gallery.hidden = {};
    this.sliders.forEach((slider) => {
      slider.inputs.forEach((input, number) => { input.value = number * this.STEPS; });
      this.describe(slider);
    });
    this.facets.forEach((facet) => facet.boxes.forEach((box) => { box.checked = true; }));
    document.getElementById("search").value = Gallery.search = "";
    this.changed();
  },

  // Histograms of all galaxies and of those that pass, and numbers beside the boxes.
  draw() {
    for (const slider of this.sliders) {
      const values = Gallery.columns[slider.name];
      slider.every = slider.every || this.count(slider, values, null);
      const passing = this.count(slider, values, Gallery.shown);
      const highest = Math.max(1, ...slider.every);
      slider.all.setAttribute("d", this.bars(slider.every, highest));
      slider.passing.setAttribute("d", this.bars(passing, highest));
    }
    for (const facet of this.facets) {
      const counts = new Map();
      for (const row of Gallery.shown) {
        const text = Gallery.text(row, facet.name);
        counts.set(text, (counts.get(text) || 0) + 1);
      }
      facet.counts.forEach((node, text) => { node.textContent = counts.get(text) || 0; });
    }
  },

  count(slider, values, rows) {
    const counts = new Array(this.BINS).fill(0);
    const width = (slider.high - slider.low) / this.BINS;
    const add = (value) => {
      if (value >= slider.low) counts[Math.min(this.BINS - 1, Math.floor((value - slider.low) / width))]++;
    };
    if (rows) rows.forEach((row) => add(values[row]));
    else values.forEach(add);
    return counts;
  },

  bars(counts, highest) {
    return counts.map((count, bin) => (count ? `M${bin} 20v${-20 * count / highest}h0.9V20z` : "")).join("");
  },
};
