// Starts the page: loads the chunks, joins the tools with the list, and answers to keys.
"use strict";

const Page = {
  start() {
    Verdicts.start();
    Verdicts.changed = () => this.countSoon();
    this.status = document.getElementById("status");
    this.loadChunk(0);
  },

  // One chunk after another: the first is shown at once, sorting and filters wait for all.
  loadChunk(number) {
    const done = (there) => {
      if (!there) return this.fail();
      if (number === 0) this.first();
      if (this.complete) return this.ready();
      this.status.textContent = `loading ${Gallery.loaded.toLocaleString("en")} of ${Gallery.rows.toLocaleString("en")} galaxies`;
      this.loadChunk(number + 1);
    };
    if (Gallery.loaded > number * Gallery.info.rows_per_chunk || this.complete) done(true);
    else Gallery.load(`data/${number}.js`, done);
  },

  get complete() { return Gallery.loaded >= Gallery.rows; },

  fail() {
    this.status.textContent = "A part of this gallery is missing: index.html needs the folders data and sheets beside it.";
  },

  first() {
    Gallery.update();
    Grid.opened = (position) => Large.show(position);
    Grid.start(document.getElementById("grid"));
    Large.start();
    this.startTools();
    addEventListener("keydown", (event) => this.key(event));
  },

  ready() {
    const sort = document.getElementById("sort");
    this.addOption(sort, "", "order of the table");
    this.addOption(sort, "id", "id");
    for (const column of Gallery.info.columns) {
      if (column.number) this.addOption(sort, column.name, column.unit ? `${column.label} [${column.unit}]` : column.label);
    }
    for (const name of ["sort", "direction", "search", "download"]) document.getElementById(name).disabled = false;
    Filters.changed = () => this.renewSoon();
    Filters.start();
    const filters = document.getElementById("filters");
    filters.hidden = false;
    // On a phone the galaxies come first.
    filters.open = innerWidth > 46 * 16;
    this.renew();
    document.documentElement.dataset.ready = "yes";
  },

  addOption(select, value, text) {
    select.append(Object.assign(document.createElement("option"), { value, textContent: text }));
  },

  startTools() {
    const tool = (name) => document.getElementById(name);
    tool("tools").hidden = false;
    tool("map").hidden = !Gallery.info.maps;
    tool("mask-legend").hidden = !Gallery.info.maps;
    for (const name of ["sort", "direction", "search", "download"]) tool(name).disabled = true;
    tool("search").addEventListener("input", () => {
      Gallery.search = tool("search").value.trim().toLowerCase();
      this.renewSoon();
    });
    tool("sort").addEventListener("change", () => { Gallery.sortBy = tool("sort").value; this.renew(); });
    tool("direction").addEventListener("click", () => this.turn());
    tool("map").addEventListener("click", () => this.toggle("map"));
    tool("overlay").addEventListener("click", () => this.toggle("overlay"));
    tool("download").addEventListener("click", () => Verdicts.download());
    tool("help").addEventListener("click", () => tool("keys").showModal());
    tool("keys-close").addEventListener("click", () => tool("keys").close());
    tool("about-page").textContent = this.about();
    const header = document.querySelector("header");
    const measure = () => document.documentElement.style.setProperty("--header", `${header.offsetHeight + 16}px`);
    new ResizeObserver(measure).observe(header);
    Grid.layout();
  },

  about() {
    const kept = Verdicts.kept
      ? "Verdicts and notes are kept in this browser and come with the downloaded table; "
      : "This page may keep nothing: verdicts and notes last until it is closed; download the table, ";
    return `${kept}the key verdicts of the catalogue reads it back. Heat maps: ${Gallery.info.setting || "none"}.`;
  },

  turn() {
    Gallery.descending = !Gallery.descending;
    const button = document.getElementById("direction"), word = Gallery.descending ? "descending" : "ascending";
    button.textContent = Gallery.descending ? "\u2193" : "\u2191";
    button.title = word;
    button.setAttribute("aria-label", `${word}; change the direction`);
    this.renew();
  },

  toggle(name) {
    if (name === "map" && !Gallery.info.maps) return;
    Grid[name] = !Grid[name];
    document.getElementById(name).setAttribute("aria-pressed", String(Grid[name]));
    Grid.redraw();
  },

  // Once per frame, however fast a slider moves.
  renewSoon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.renew());
  },

  renew() {
    Gallery.update();
    Grid.renew();
    Filters.draw();
    const count = Gallery.shown.length.toLocaleString("en"), rows = Gallery.rows.toLocaleString("en");
    const all = Gallery.info.all_rows > Gallery.rows ? ` (the first of ${Gallery.info.all_rows.toLocaleString("en")})` : "";
    const noun = Gallery.rows === 1 ? "galaxy" : "galaxies";
    this.status.textContent = `${count === rows ? rows : `${count} of ${rows}`} ${noun}${all}`;
    document.getElementById("empty").hidden = Gallery.shown.length > 0;
  },

  countSoon() {
    clearTimeout(this.counting);
    this.counting = setTimeout(() => { if (this.complete) Filters.draw(); }, 100);
  },

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("keys").open) return;
    const field = event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea");
    if (field) return;
    // A button with the focus is what space and Enter press.
    if (event.key === " " && event.target.closest("button, a, summary, input")) return;
    const action = Large.open ? this.largeKeys()[event.key] : this.gridKeys()[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  },

  gridKeys() {
    const judge = (verdict) => {
      const card = document.activeElement.closest(".card");
      if (!card) return;
      const row = Gallery.shown[Number(card.dataset.position)];
      Verdicts.toggle(row, verdict);
      Grid.remark(row);
    };
    return {
      m: () => this.toggle("map"), o: () => this.toggle("overlay"),
      "/": () => document.getElementById("search").focus(),
      "?": () => document.getElementById("keys").showModal(),
      g: () => judge("good"), b: () => judge("bad"), n: () => judge("no bar"),
    };
  },

  largeKeys() {
    return {
      m: () => Large.toggleMap(), o: () => Large.toggleOverlay(), " ": () => Large.toggleBlink(),
      ArrowLeft: () => Large.step(-1), ArrowUp: () => Large.step(-1),
      ArrowRight: () => Large.step(1), ArrowDown: () => Large.step(1),
      g: () => Large.judge("good"), b: () => Large.judge("bad"), n: () => Large.judge("no bar"),
      e: () => document.getElementById("note").focus(),
      "?": () => document.getElementById("keys").showModal(),
    };
  },
};

if (Gallery.info) Page.start();
