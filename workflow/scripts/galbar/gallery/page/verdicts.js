// What the user thinks of each galaxy: kept in the browser, downloaded as CSV.
"use strict";

const Verdicts = {
  NAMES: { good: "g", bad: "b", "no bar": "n" },
  given: {}, key: "", kept: true, changed: () => {},

  start() {
    this.key = `galbar-gallery:${Gallery.info.catalogue}`;
    try {
      this.given = this.stored();
    } catch (error) {
      // Storage is forbidden (a page within a report), or holds something else.
      this.kept = false;
    }
  },

  stored() {
    const stored = JSON.parse(localStorage.getItem(this.key) || "{}");
    return stored && typeof stored === "object" && !Array.isArray(stored) ? stored : {};
  },

  // All pages from disk may share what is stored, and numbers of galaxies are used again: the
  // digest tells them apart. Not galaxy_id, which follows from the ids of the whole table.
  galaxy(row) { return `${Gallery.columns._identity[row]} ${Gallery.columns.id[row]}`; },

  // Of the browser; else as the table had it, read from an earlier download.
  of(row) {
    const own = this.given[this.galaxy(row)];
    const text = (name) => (Gallery.has(name) ? Gallery.columns[name][row] : "");
    const verdict = own && typeof own.verdict === "string" ? own.verdict : text("verdict");
    return { verdict, note: own && typeof own.note === "string" ? own.note : text("note") };
  },

  set(row, change) {
    const galaxy = this.galaxy(row), own = { ...this.of(row), ...change };
    this.given[galaxy] = own;
    try {
      // What other pages have stored since stays.
      localStorage.setItem(this.key, JSON.stringify({ ...this.stored(), [galaxy]: own }));
    } catch (error) {
      this.kept = false;
    }
    this.changed();
  },

  toggle(row, verdict) {
    this.set(row, { verdict: this.of(row).verdict === verdict ? "" : verdict });
  },

  // A text of CSV in quotes; what a spreadsheet would compute gets an apostrophe in front,
  // and so does what would look like that.
  quote(text) {
    const harmless = /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${harmless.replaceAll('"', '""')}"`;
  },

  csv(rows) {
    const names = Gallery.info.columns.map((column) => column.name)
      .filter((name) => !["verdict", "note"].includes(name));
    const [first, second, ...others] = names;
    const header = [first, second, "verdict", "note", ...others];
    const lines = [header.map((name) => this.quote(name)).join(",")];
    for (const row of rows) {
      const own = this.of(row);
      const cells = header.map((name) => {
        const value = name in own ? own[name] : Gallery.columns[name][row];
        if (typeof value !== "number") return this.quote(value);
        return value === value ? String(value) : "";
      });
      // Digits only: quoted, a spreadsheet would still round it, but no reader of CSV.
      cells[0] = Gallery.columns.galaxy_id[row];
      lines.push(cells.join(","));
    }
    return lines.join("\r\n") + "\r\n";
  },

  download() {
    const file = new Blob([this.csv(Gallery.shown)], { type: "text/csv;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${Gallery.info.catalogue}_verdicts.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  },
};
