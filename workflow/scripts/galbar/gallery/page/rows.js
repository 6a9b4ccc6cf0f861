// The galaxies: columns of numbers and texts, filled chunk by chunk; which rows pass, in which order.
"use strict";

const Gallery = {
  columns: {}, loaded: 0, sheets: {}, paths: {},
  search: "", ranges: {}, hidden: {}, sortBy: "", descending: false, shown: [],

  // Called by data/about.js.
  about(about) {
    Object.assign(this, { info: about, rows: about.rows, view: about.view });
    const numbers = [...about.columns.filter((column) => column.number).map((column) => column.name),
      "_sheet", "_cell", "_scale"];
    const texts = [...about.columns.filter((column) => !column.number).map((column) => column.name),
      "_scale_text", "_north", "_identity"];
    for (const name of numbers) this.columns[name] = new Float64Array(about.rows).fill(NaN);
    for (const name of texts) this.columns[name] = new Array(about.rows).fill("");
  },

  // Called by each chunk; null stands for what is unknown.
  chunk(number, columns) {
    const start = number * this.info.rows_per_chunk;
    let end = start;
    for (const [name, values] of Object.entries(columns)) {
      const target = this.columns[name];
      values.forEach((value, row) => { target[start + row] = value === null ? NaN : value; });
      end = start + values.length;
    }
    this.loaded = Math.max(this.loaded, end);
  },

  // Called by scripts beside the sheets, or in the page of one file.
  outlines(sheet, paths) { this.paths[sheet] = paths; },
  inlined(sheet, image, map) { this.sheets[sheet] = { image, map }; },

  has(name) { return name in this.columns; },
  value(row, name) { return this.has(name) ? this.columns[name][row] : undefined; },
  address(sheet, map) {
    const held = this.sheets[sheet];
    if (held) return map ? held.map : held.image;
    return `sheets/${sheet}${map ? "_map" : ""}.jpg`;
  },

  // Load a script beside the page; calls back when it is there, or missing.
  load(source, done) {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => done(true);
    script.onerror = () => done(false);
    document.head.append(script);
  },

  // A verdict is not in the table that the page came with: see verdicts.js.
  text(row, name) { return name === "verdict" ? Verdicts.of(row).verdict : this.columns[name][row]; },

  passes(row) {
    if (this.search && !this.columns.id[row].toLowerCase().includes(this.search)) return false;
    for (const [name, [low, high]] of Object.entries(this.ranges)) {
      const value = this.columns[name][row];
      // Not "value < low": what is unknown does not pass.
      if (!(value >= low && value <= high)) return false;
    }
    for (const [name, texts] of Object.entries(this.hidden)) {
      if (texts.has(this.text(row, name))) return false;
    }
    return true;
  },

  // Put the rows that pass into their order; unknown values come last either way.
  update() {
    const shown = [];
    for (let row = 0; row < this.loaded; row++) if (this.passes(row)) shown.push(row);
    const sign = this.descending ? -1 : 1;
    if (this.sortBy) {
      const values = this.columns[this.sortBy];
      const unknown = (value) => value !== value || value === "";
      shown.sort((first, second) => {
        const a = values[first], b = values[second];
        if (unknown(a) || unknown(b)) return unknown(a) - unknown(b) || first - second;
        return a < b ? -sign : a > b ? sign : first - second;
      });
    } else if (this.descending) shown.reverse();
    this.shown = shown;
  },
};
