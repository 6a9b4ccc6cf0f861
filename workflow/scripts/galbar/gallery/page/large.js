// The large view: a galaxy with all its numbers, its verdict, and links to the sky.
"use strict";

const Large = {
  BLINK_MS: 700,
  LENGTHS: ["length_px", "length_arcsec", "length_kpc_h", "length_kpc", "length_scaled",
    "length_deprojected_arcsec", "length_deprojected_kpc_h", "length_deprojected_kpc", "length_deprojected_scaled"],
  ELSEWHERE: ["id", "verdict", "note", "length_px_low68", "length_px_high68"],
  position: 0, map: false, overlay: true, timer: 0,

  start() {
    this.node = document.getElementById("large");
    const click = (name, action) => document.getElementById(name).addEventListener("click", action);
    click("previous", () => this.step(-1));
    click("next", () => this.step(1));
    click("large-close", () => this.node.close());
    click("large-map", () => this.toggleMap());
    click("large-overlay", () => this.toggleOverlay());
    click("blink", () => this.toggleBlink());
    for (const name of ["large-map", "blink"]) document.getElementById(name).hidden = !Gallery.info.maps;
    for (const [verdict, key] of Object.entries(Verdicts.NAMES)) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: verdict, title: key });
      button.dataset.verdict = verdict;
      button.addEventListener("click", () => this.judge(verdict));
      document.getElementById("verdicts").append(button);
    }
    const note = document.getElementById("note");
    note.addEventListener("input", () => {
      Verdicts.set(this.row, { note: note.value });
      Grid.remark(this.row);
    });
    this.node.addEventListener("close", () => {
      this.stopBlink();
      Grid.focus(Gallery.shown.indexOf(this.row));
    });
  },

  get open() { return this.node.open; },
  get row() { return this.current; },

  show(position) {
    this.position = position;
    this.current = Gallery.shown[position];
    if (!this.node.open) {
      this.node.showModal();
      // Not on a button, which keys such as space would press.
      document.getElementById("large-name").focus();
    }
    this.draw();
  },

  // Along the list as it is now: a verdict may have taken this galaxy out of it.
  step(by) {
    const at = Gallery.shown.indexOf(this.row);
    const next = at >= 0 ? at + by : this.position + (by > 0 ? 0 : -1);
    if (next >= 0 && next < Gallery.shown.length) this.show(next);
  },

  draw() {
    const row = this.row, text = (name, value) => { document.getElementById(name).textContent = value; };
    text("large-name", Gallery.value(row, "id"));
    text("large-position", `${this.position + 1} of ${Gallery.shown.length}`);
    this.drawPicture();
    this.drawVerdict();
    document.getElementById("numbers").replaceChildren(this.table(row));
    this.drawLinks(row);
    document.getElementById("previous").disabled = this.position === 0;
    document.getElementById("next").disabled = this.position >= Gallery.shown.length - 1;
  },

  drawPicture() {
    const svg = Draw.galaxy(this.row, { both: Gallery.info.maps, overlay: this.overlay, large: true });
    document.getElementById("large-picture").replaceChildren(svg);
    this.showMap();
  },

  // Both are drawn: blinking loads nothing and moves nothing.
  showMap() {
    const map = this.node.querySelector("#large-picture .map");
    if (map) map.style.visibility = this.map ? "visible" : "hidden";
    this.press("large-map", this.map);
  },

  press(name, on) { document.getElementById(name).setAttribute("aria-pressed", String(on)); },

  toggleMap() {
    if (!Gallery.info.maps) return;
    this.stopBlink();
    this.map = !this.map;
    this.showMap();
  },

  toggleOverlay() {
    this.overlay = !this.overlay;
    this.press("large-overlay", this.overlay);
    this.drawPicture();
  },

  toggleBlink() {
    if (this.timer) return this.stopBlink();
    if (!Gallery.info.maps) return;
    this.press("blink", true);
    this.timer = setInterval(() => { this.map = !this.map; this.showMap(); }, this.BLINK_MS);
  },

  stopBlink() {
    clearInterval(this.timer);
    this.timer = 0;
    this.press("blink", false);
  },

  judge(verdict) {
    Verdicts.toggle(this.row, verdict);
    this.drawVerdict();
    Grid.remark(this.row);
  },

  drawVerdict() {
    const { verdict, note } = Verdicts.of(this.row);
    document.querySelectorAll("#verdicts button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
    });
    const input = document.getElementById("note");
    if (input.value !== note) input.value = note;
  },

  table(row) {
    const table = document.createElement("table");
    for (const column of Gallery.info.columns) {
      const value = Gallery.value(row, column.name);
      // What this galaxy does not have, or what stands elsewhere.
      if (value === "" || value !== value || this.ELSEWHERE.includes(column.name)) continue;
      if (column.name === "galaxy_id" && value === Gallery.value(row, "id")) continue;
      const line = table.insertRow(), name = document.createElement("th");
      name.scope = "row";
      name.textContent = column.label;
      name.title = column.name;
      const unit = column.unit ? ` ${column.unit}` : "";
      line.append(name);
      const cell = line.insertCell();
      cell.className = column.number ? "number" : "";
      cell.textContent = this.LENGTHS.includes(column.name)
        ? Draw.withInterval(row, column.name, unit)
        : column.number ? `${this.number(column.name, value)}${unit}` : value;
    }
    return table;
  },

  // Whole numbers in full: a sum of bits that is rounded is another sum.
  number(name, value) {
    if (Number.isInteger(value)) return String(value);
    return Draw.number(value, ["ra", "dec"].includes(name) ? 9 : 4);
  },

  drawLinks(row) {
    const ra = Gallery.value(row, "ra"), dec = Gallery.value(row, "dec");
    const node = document.getElementById("links");
    node.replaceChildren();
    if (!Number.isFinite(ra) || !Number.isFinite(dec)) return;
    const radius = Gallery.value(row, "petror90_r");
    const field = (Number.isFinite(radius) ? Math.max(8 * radius, 20) : 120) / 3600;
    const at = `${ra.toFixed(6)}%20${dec < 0 ? "" : "%2B"}${dec.toFixed(6)}`;
    const zoom = Math.max(10, Math.min(16, Math.round(Math.log2(60 / field))));
    const links = {
      "Aladin Lite": `https://aladin.cds.unistra.fr/AladinLite/?target=${at}&fov=${field.toFixed(4)}`,
      "Legacy Survey": `https://www.legacysurvey.org/viewer?ra=${ra.toFixed(6)}&dec=${dec.toFixed(6)}&layer=ls-dr10&zoom=${zoom}`,
    };
    for (const [name, address] of Object.entries(links)) {
      const link = document.createElement("a");
      Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer", textContent: name });
      node.append(link);
    }
  },
};
