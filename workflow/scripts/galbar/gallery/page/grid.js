// The list of galaxies: only those in view are in the document, however many there are.
"use strict";

const Grid = {
  GAP: 12,
  // Browsers draw no page that is much higher; beyond it a pixel of the scroll bar is several.
  HIGHEST: 12e6,
  cards: new Map(), map: false, overlay: true, focused: 0, opened: () => {},

  start(node) {
    this.node = node;
    node.replaceChildren();
    node.classList.add("virtual");
    node.setAttribute("role", "list");
    addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.layout());
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("focusin", (event) => {
      const card = event.target.closest(".card");
      if (card) this.focused = Number(card.dataset.position);
    });
    this.layout();
  },

  // Other rows, or another order.
  renew() {
    this.clear();
    this.layout();
  },

  clear() {
    this.cards.forEach((card) => card.remove());
    this.cards.clear();
  },

  layout() {
    const width = this.node.clientWidth;
    const across = Math.max(2, Math.floor((width + this.GAP) / (172 + this.GAP)));
    const size = (width - this.GAP * (across - 1)) / across;
    this.across = across;
    this.size = size;
    this.height = size + 62 + this.GAP;
    this.total = Math.ceil(Gallery.shown.length / across) * this.height;
    this.node.style.height = `${Math.min(this.total, this.HIGHEST)}px`;
    this.cards.forEach((card) => this.position(card));
    this.draw();
  },

  // How far the list is scrolled, from its first row [px], where the document may be shorter.
  scrolled() {
    const top = Math.max(0, -this.node.getBoundingClientRect().top);
    if (this.total <= this.HIGHEST) return top;
    return top * (this.total - innerHeight) / (this.HIGHEST - innerHeight);
  },

  draw() {
    const first = Math.max(0, Math.floor(this.scrolled() / this.height) - 1) * this.across;
    const rows = Math.ceil(innerHeight / this.height) + 3;
    const last = Math.min(Gallery.shown.length, first + rows * this.across);
    this.cards.forEach((card, position) => {
      // What has the focus stays: else the keyboard would lose it.
      if ((position < first || position >= last) && !card.contains(document.activeElement)) {
        card.remove();
        this.cards.delete(position);
      }
    });
    for (let position = first; position < last; position++) {
      if (!this.cards.has(position)) this.add(position);
    }
    if (this.total > this.HIGHEST) this.cards.forEach((card) => this.position(card));
  },

  add(position) {
    const card = this.card(position);
    this.cards.set(position, card);
    this.position(card);
    // In the order of the list, for the tabulator and for what reads the page aloud.
    let next = position + 1;
    while (next <= position + 2 * this.across && !this.cards.has(next)) next++;
    this.node.insertBefore(card, this.cards.get(next) || null);
  },

  position(card) {
    const position = Number(card.dataset.position);
    const shift = this.total > this.HIGHEST
      ? Math.max(0, -this.node.getBoundingClientRect().top) - this.scrolled() : 0;
    card.style.width = `${this.size}px`;
    card.style.left = `${(position % this.across) * (this.size + this.GAP)}px`;
    card.style.top = `${Math.floor(position / this.across) * this.height + shift}px`;
    card.style.height = `${this.height - this.GAP}px`;
  },

  card(position) {
    const row = Gallery.shown[position];
    const card = document.createElement("li");
    card.dataset.position = position;
    card.setAttribute("aria-setsize", Gallery.shown.length);
    card.setAttribute("aria-posinset", position + 1);
    const open = document.createElement("button");
    open.type = "button";
    open.className = "picture";
    open.setAttribute("aria-label", `galaxy ${Gallery.value(row, "id")}, bar ${Draw.length(row)}: large view`);
    open.append(Draw.galaxy(row, { map: this.map, overlay: this.overlay }));
    open.addEventListener("click", () => this.opened(position));
    const line = (name, text) => {
      const node = document.createElement("div");
      node.className = name;
      node.textContent = node.title = text;
      return node;
    };
    card.append(open, line("name", Gallery.value(row, "id")), line("length", Draw.length(row)), this.remarks(row));
    this.mark(card, row);
    return card;
  },

  // The verdict, then what the table remarks.
  remarks(row) {
    const node = document.createElement("div");
    node.className = "remarks";
    const { verdict, note } = Verdicts.of(row);
    const own = document.createElement("span");
    own.className = "verdict";
    own.textContent = verdict;
    const bar = Gallery.value(row, "bar"), human = Gallery.value(row, "length_avg");
    const texts = [bar && `bar: ${bar}`, human > 0 && `catalogue ${Draw.significant(human)} kpc/h`, ...["flag", "calibration_flag", "outside_training"]
      .map((name) => Gallery.value(row, name)).filter((text) => text && text !== "ok"), note];
    const rest = texts.filter(Boolean).join(" \u00b7 ");
    node.append(own, verdict && rest ? " \u00b7 " : "", rest);
    node.title = node.textContent;
    return node;
  },

  mark(card, row) {
    card.className = `card ${Verdicts.of(row).verdict.replace(" ", "-")}`;
  },

  // After a verdict on a galaxy.
  remark(row) {
    this.cards.forEach((card, position) => {
      if (Gallery.shown[position] !== row) return;
      this.mark(card, row);
      card.querySelector(".remarks").replaceWith(this.remarks(row));
    });
  },

  redraw() {
    const focused = this.node.contains(document.activeElement);
    this.clear();
    this.draw();
    if (focused) this.focus(this.focused);
  },

  // Scroll to a galaxy and give its card the focus.
  focus(position) {
    if (position < 0 || position >= Gallery.shown.length) return;
    const top = Math.floor(position / this.across) * this.height;
    const seen = this.scrolled(), header = document.querySelector("header");
    const covered = getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
    if (top < seen + covered || top + this.height > seen + innerHeight) {
      const part = this.total > this.HIGHEST ? (this.HIGHEST - innerHeight) / (this.total - innerHeight) : 1;
      const start = this.node.getBoundingClientRect().top + scrollY;
      scrollTo({ top: start + top * part - covered - 40 });
      this.draw();
    }
    this.focused = position;
    const card = this.cards.get(position);
    if (card) card.querySelector("button").focus({ preventScroll: true });
  },

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across, ArrowDown: this.across };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.focus(this.focused + steps[event.key]);
  },
};
