// A galaxy as SVG, in pixels of the 424 px image; cards.py draws the same for the first view.
"use strict";

const Draw = {
  UNITS: [["length_kpc_h", " kpc/h"], ["length_arcsec", "\u2033"], ["length_px", " px"]],

  element(name, attributes = {}, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  },

  // A number with a few significant digits, without an exponent where that is readable.
  number(value, digits = 3) {
    if (typeof value !== "number") return value;
    if (!Number.isFinite(value)) return "\u2013";
    return String(Number(value.toPrecision(digits)));
  },

  // With its last zeros, which say how exactly a length is given: "11.0".
  significant(value, digits = 3) {
    const text = value.toPrecision(digits);
    return text.includes("e") ? String(Number(text)) : text;
  },

  // Ends of the 68 % interval in the unit of a column of lengths; NaN where unknown.
  interval(row, column) {
    const px = Gallery.value(row, "length_px"), length = Gallery.value(row, column);
    return ["low68", "high68"].map((end) => Gallery.value(row, `length_px_${end}`) * length / px);
  },

  withInterval(row, column, unit) {
    const text = `${this.significant(Gallery.value(row, column))}${unit}`;
    const ends = this.interval(row, column);
    return ends.every(Number.isFinite)
      ? `${text} (${this.significant(ends[0])} \u2013 ${this.significant(ends[1])})` : text;
  },

  length(row) {
    for (const [column, unit] of this.UNITS) {
      if (Gallery.value(row, column) > 0) return this.withInterval(row, column, unit);
    }
    return "not measurable";
  },

  // options: map (the heat map in place of the image), both (one above the other), overlay, large.
  galaxy(row, options) {
    const side = Gallery.view.shown;
    const svg = this.element("svg", {
      viewBox: `0 0 ${side} ${side}`, role: "img",
      "aria-label": `galaxy ${Gallery.value(row, "id")}, bar ${this.length(row)}`,
    });
    if (!options.map || options.both) svg.append(this.sprite(row, false));
    if (options.map || options.both) {
      const map = this.sprite(row, true);
      map.classList.add("map");
      svg.append(map);
    }
    if (options.overlay) {
      svg.append(this.outline(row, side));
      const bar = this.bar(row, side);
      if (bar) svg.append(bar);
    }
    // Letters of a large picture need not grow with it.
    const letter = (options.large ? 0.04 : 0.075) * side;
    this.scale(svg, row, side, letter);
    if (Gallery.value(row, "_north")) svg.append(this.compass(side, 0.8 * letter));
    return svg;
  },

  sprite(row, map) {
    const { across, cell, pad, scale } = Gallery.view;
    const number = Gallery.value(row, "_cell"), sheet = Gallery.value(row, "_sheet");
    const size = across * cell * scale;
    return this.element("image", {
      href: Gallery.address(sheet, map), preserveAspectRatio: "none", width: size, height: size,
      x: -((number % across) * cell + pad) * scale,
      y: -(Math.floor(number / across) * cell + pad) * scale,
    });
  },

  // Outlines lie beside the sheets and come when they are wanted.
  outline(row) {
    const sheet = Gallery.value(row, "_sheet"), cell = Gallery.value(row, "_cell");
    const path = this.element("path", { class: "outline" });
    const fill = () => path.setAttribute("d", Gallery.paths[sheet][cell] || "");
    if (!Gallery.info.maps) return path;
    if (Gallery.paths[sheet]) fill();
    else this.wanted(sheet, fill);
    return path;
  },

  waiting: {},
  wanted(sheet, fill) {
    if (this.waiting[sheet]) return void this.waiting[sheet].push(fill);
    this.waiting[sheet] = [fill];
    Gallery.load(`sheets/${sheet}.js`, (there) => {
      if (there) this.waiting[sheet].forEach((each) => each());
      delete this.waiting[sheet];
    });
  },

  bar(row, side) {
    const value = (name) => Gallery.value(row, name);
    const half = value("length_px") / 2, low = value("length_px_low68") / 2, high = value("length_px_high68") / 2;
    if (!Number.isFinite(half) || !Number.isFinite(value("angle"))) return null;
    const centre = Gallery.view.centre, tick = 0.025 * side;
    const group = this.element("g", {
      class: value("bar") === "no" ? "bar without-bar" : "bar",
      transform: `translate(${centre} ${centre}) rotate(${value("angle")})`,
    });
    if (Number.isFinite(low) && Number.isFinite(high)) {
      group.append(this.element("path", { class: "interval", d: `M${-high} 0H${-low}M${low} 0H${high}` }));
    }
    group.append(this.element("path", { class: "line", d: `M${-half} 0H${half}` }));
    group.append(this.element("path", { class: "ends", d: `M${-half} ${-tick}V${tick}M${half} ${-tick}V${tick}` }));
    return group;
  },

  scale(svg, row, side, letter) {
    const left = 0.05 * side, bottom = 0.94 * side;
    svg.append(
      this.element("path", { class: "scale", d: `M${left} ${bottom}h${Gallery.value(row, "_scale")}` }),
      this.element("text", { x: left, y: bottom - 0.025 * side, "font-size": letter },
        Gallery.value(row, "_scale_text")));
  },

  // North up and east to the left, as stamps with world coordinates are.
  compass(side, letter) {
    const group = this.element("g", { class: "compass" });
    const x = 0.94 * side, y = 0.94 * side, arm = 1.8 * letter, head = 0.3 * letter;
    group.append(this.element("path", {
      d: `M${x} ${y}V${y - arm}m${-head} ${head}l${head} ${-head}l${head} ${head}` +
        `M${x} ${y}H${x - arm}m${head} ${-head}l${-head} ${head}l${head} ${head}`,
    }));
    group.append(
      this.element("text", { x, y: y - arm - 0.02 * side, "font-size": letter, "text-anchor": "middle" }, "N"),
      this.element("text", { x: x - arm - 0.02 * side, y: y + 0.02 * side, "font-size": letter, "text-anchor": "end" }, "E"));
    return group;
  },
};
