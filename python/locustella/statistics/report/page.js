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

// Charts. The pointer's line stands at the same instant in all of them; the values appear in the one
// that the pointer is in.

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.line = figure.querySelector(".pointer");
    this.data = JSON.parse(figure.querySelector(".chart-data").textContent);
  }

  // The point nearest to a position on the screen.
  nearest(clientX) {
    const box = this.svg.getBoundingClientRect();
    const wanted = ((clientX - box.left) / box.width) * this.svg.viewBox.baseVal.width;
    let best = 0;
    this.data.x.forEach((x, index) => {
      if (Math.abs(x - wanted) < Math.abs(this.data.x[best] - wanted)) best = index;
    });
    return best;
  }

  mark(index) {
    this.line.setAttribute("x1", this.data.x[index]);
    this.line.setAttribute("x2", this.data.x[index]);
    this.line.style.visibility = "visible";
  }

  unmark() {
    this.line.style.visibility = "hidden";
    if (this.values) this.values.remove();
  }

  tell(index) {
    this.values ??= make("div");
    this.values.className = "values";
    this.values.replaceChildren();
    make("small", this.data.clock[index], this.values);
    for (const series of this.data.series) {
      const line = make("div", "", this.values);
      make("i", "", line).className = series.colour;
      make("span", series.label, line);
      const value = series.values[index];
      make("b", value === null ? "–" : `${value.toLocaleString("en")} ${this.data.unit}`, line);
    }
    this.figure.append(this.values);
    const box = this.svg.getBoundingClientRect();
    const top = box.top - this.figure.getBoundingClientRect().top;
    const at = (this.data.x[index] / this.svg.viewBox.baseVal.width) * box.width;
    const room = box.width - this.values.offsetWidth - 12;
    this.values.style.left = `${at < room ? at + 12 : at - this.values.offsetWidth - 12}px`;
    this.values.style.top = `${top + 8}px`;
  }
}

function connectCharts() {
  const charts = [...document.querySelectorAll(".chart")].map((figure) => new Chart(figure));
  for (const chart of charts) {
    const follow = (event) => {
      const index = chart.nearest(event.clientX);
      for (const other of charts) other.mark(index);
      chart.tell(index);
    };
    chart.svg.addEventListener("pointermove", follow);
    chart.svg.addEventListener("pointerdown", follow);
    chart.svg.addEventListener("pointerleave", () => charts.forEach((other) => other.unmark()));
  }
}

for (const box of document.querySelectorAll(".paged")) new PagedTable(box);
connectCharts();
// On paper nothing can be opened.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
