// What the user thinks of each galaxy: kept in the browser, downloaded as CSV.
"use strict";

const Verdicts = {
  NAMES: { good: "g", bad: "b", "no bar": "n" },
  given: {}, key: "", kept: true, changed: () => {},

  start() {
    this.key = `galbar-gallery:${Gallery.info.catalogue}`;
    try {
      const stored = JSON.parse(localStorage.getItem(this.key) || "{}");
      if (stored && typeof stored === "object" && !Array.isArray(stored)) this.given = stored;
    } catch (error) {
      // Storage is forbidden (a page within a report), or holds something else.
      this.kept = false;
    }
  },

  // Of the browser; else as the table had it, read from an earlier download.
  of(row) {
    const own = this.given[Gallery.columns.galaxy_id[row]];
    const text = (name) => (Gallery.has(name) ? Gallery.columns[name][row] : "");
    const verdict = own && typeof own.verdict === "string" ? own.verdict : text("verdict");
    return { verdict, note: own && typeof own.note === "string" ? own.note : text("note") };
  },

  set(row, change) {
    this.given[Gallery.columns.galaxy_id[row]] = { ...this.of(row), ...change };
    try {
      localStorage.setItem(this.key, JSON.stringify(this.given));
    } catch (error) {
      this.kept = false;
    }
    this.changed();
  },

  toggle(row, verdict) {
    this.set(row, { verdict: this.of(row).verdict === verdict ? "" : verdict });
  },

  // A text of CSV in quotes; what a spreadsheet would compute gets an apostrophe in front.
  quote(text) {
    const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
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
