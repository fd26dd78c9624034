// What the report does beyond being read: pages, sorts and filters its tables, and shows a chart's
// values under the pointer. Everything it shows is put in as text, never as HTML.
"use strict";

function make(tag, text, parent) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// Tables. All rows are in `rows`; those that pass the filter in `found`; a page of them in the body.

function sortKey(row, column, numeric) {
  const text = row.cells[column].textContent;
  return numeric ? parseFloat(text.replace(/[,<\s]/g, "")) || 0 : text;
}

class PagedTable {
  constructor(box) {
    this.body = box.querySelector("tbody");
    this.rows = [...this.body.rows];
    const rest = box.querySelector("template");
    if (rest) this.rows.push(...rest.content.querySelectorAll("tr"));
    this.found = this.rows;
    this.size = Number(box.dataset.page);
    this.pageSize = this.size;
    this.first = 0;
    this.heads = [...box.querySelectorAll("thead tr:last-child th")];
    this.heads.forEach((head, column) => this.makeSortable(head, column));
    if (this.rows.length > 12) this.addControls(box);
  }

  makeSortable(head, column) {
    const button = make("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => this.sort(head, column));
  }

  sort(head, column) {
    const numeric = head.classList.contains("number");
    const old = head.getAttribute("aria-sort");
    const down = old ? old === "ascending" : numeric; // numbers: the largest first
    for (const other of this.heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keys = new Map(this.rows.map((row) => [row, sortKey(row, column, numeric)]));
    const compare = numeric
      ? (a, b) => keys.get(a) - keys.get(b)
      : (a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : 0);
    this.rows.sort(down ? (a, b) => compare(b, a) : compare);
    this.filter();
  }

  addControls(box) {
    const controls = make("div");
    controls.className = "controls";
    this.input = make("input", "", controls);
    this.input.type = "search";
    this.input.placeholder = "Show rows that contain …";
    this.input.setAttribute("aria-label", "Show rows that contain");
    this.input.addEventListener("input", () => this.filter());
    this.position = make("span", "", controls);
    this.previous = this.addButton(controls, "‹ Previous", () => this.turn(-1));
    this.next = this.addButton(controls, "Next ›", () => this.turn(1));
    this.all = this.addButton(controls, "", () => {
      this.pageSize = this.pageSize === Infinity ? this.size : Infinity;
      this.first = 0;
      this.show();
    });
    box.prepend(controls);
    this.show();
  }

  addButton(controls, text, act) {
    const button = make("button", text, controls);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  // Text of the cells that are no numbers, kept from the first time it is needed.
  textOf(row) {
    this.texts ??= new WeakMap();
    if (!this.texts.has(row)) {
      const cells = [...row.querySelectorAll("td[class]")];
      this.texts.set(row, cells.map((cell) => cell.textContent).join(" ").toLowerCase());
    }
    return this.texts.get(row);
  }

  filter() {
    const wanted = this.input ? this.input.value.toLowerCase() : "";
    this.found = wanted ? this.rows.filter((row) => this.textOf(row).includes(wanted)) : this.rows;
    this.first = 0;
    this.show();
  }

  turn(pages) {
    this.first += pages * this.pageSize;
    this.show();
  }

  show() {
    const end = Math.min(this.first + this.pageSize, this.found.length);
    this.body.replaceChildren(...this.found.slice(this.first, end));
    if (!this.input) return;
    const number = (value) => value.toLocaleString("en");
    const rows = `${number(this.found.length ? this.first + 1 : 0)}–${number(end)}`;
    const found = this.found.length < this.rows.length ? " found" : "";
    this.position.textContent = `${rows} of ${number(this.found.length)}${found}`;
    this.previous.disabled = this.first === 0;
    this.next.disabled = end >= this.found.length;
    const hideable = this.rows.length <= this.size;
    for (const button of [this.previous, this.next, this.all]) button.hidden = hideable;
    this.all.textContent = this.pageSize === Infinity ? "Page by page" : "All on one page";
  }
}

// Charts. The pointer's line stands at the same instant in all of a group; the values appear in the
// one that the pointer, or the keyboard, is in.

class Chart {
  constructor(figure, times) {
    this.figure = figure;
    this.times = times;
    this.svg = figure.querySelector("svg");
    this.line = figure.querySelector(".pointer");
    this.index = 0;
  }

  // Read when it is wanted: there may be hundreds.
  get data() {
    this.parsed ??= JSON.parse(this.figure.querySelector(".chart-data").textContent);
    return this.parsed;
  }

  share(index) {
    return this.times.at[index] / this.times.end;
  }

  // The point nearest to a position on the screen.
  nearest(clientX) {
    const box = this.svg.getBoundingClientRect();
    const wanted = (clientX - box.left) / box.width;
    let best = 0;
    this.times.at.forEach((_, index) => {
      if (Math.abs(this.share(index) - wanted) < Math.abs(this.share(best) - wanted)) best = index;
    });
    return best;
  }

  mark(index) {
    const x = this.share(index) * this.svg.viewBox.baseVal.width;
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.line.style.visibility = "visible";
  }

  unmark() {
    this.line.style.visibility = "hidden";
    if (this.values) this.values.remove();
  }

  tell(index) {
    this.index = index;
    this.values ??= make("div");
    this.values.className = "values";
    this.values.setAttribute("role", "status");
    this.values.replaceChildren();
    const moment = new Date((this.times.begin + this.times.at[index]) * 1000).toISOString();
    make("small", `${moment.slice(0, 19).replace("T", " ")} UTC`, this.values);
    for (const series of this.data.series) {
      const line = make("div", "", this.values);
      make("i", "", line).className = series.colour;
      make("span", series.label, line);
      const value = series.values[index];
      make("b", value === null ? "–" : `${value.toLocaleString("en")} ${this.data.unit}`, line);
    }
    this.figure.append(this.values);
    const box = this.svg.getBoundingClientRect();
    const outer = this.figure.getBoundingClientRect();
    const at = box.left - outer.left + this.share(index) * box.width;
    const before = at + this.values.offsetWidth + 12 > outer.width;
    const left = before ? at - this.values.offsetWidth - 12 : at + 12;
    this.values.style.left = `${Math.max(left, 0)}px`;
    this.values.style.top = `${box.top - outer.top + 8}px`;
  }
}

function connectCharts(group) {
  const times = JSON.parse(group.querySelector(".chart-times").textContent);
  const charts = [...group.querySelectorAll(".chart")].map((figure) => new Chart(figure, times));
  for (const chart of charts) {
    const show = (index) => {
      for (const other of charts) other.mark(index);
      chart.tell(index);
    };
    const follow = (event) => show(chart.nearest(event.clientX));
    const leave = () => charts.forEach((other) => other.unmark());
    chart.svg.addEventListener("pointermove", follow);
    chart.svg.addEventListener("pointerdown", follow);
    chart.svg.addEventListener("pointerleave", leave);
    chart.svg.setAttribute("tabindex", "0");
    chart.svg.addEventListener("blur", leave);
    chart.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(Math.min(Math.max(chart.index + step, 0), times.at.length - 1));
    });
  }
}

for (const box of document.querySelectorAll(".paged")) new PagedTable(box);
for (const group of document.querySelectorAll(".charts")) connectCharts(group);
// On paper nothing can be opened. The charts of many names would be a book: these stay as they are.
window.addEventListener("beforeprint", () => {
  const few = document.querySelectorAll(".endpoint").length <= 12;
  const wanted = few ? "details" : "details:not(.endpoint)";
  for (const details of document.querySelectorAll(wanted)) details.open = true;
});
