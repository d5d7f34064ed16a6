// Draws the charts, and lets a reader choose, sort, explain and copy. It asks for nothing.

const page = JSON.parse(document.getElementById("page-data").textContent);
const NAMES = { model: "model", system: "system", generator: "generator", load_point: "load" };
const NARROW = 640;
const LEAST_PANEL = 150;
const LEAST_PANEL_NARROW = 64;
const MOST_PANEL = 900;
const MOST_SVG_ROWS = 1500;
const QUIET = 1;
const SAMPLE_ROWS = 300;

const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const labelOf = (name, value) => (name === "load_point" ? (page.loads[value] ?? value) : value);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// --- The data: each dataset is unpacked once, when it is first drawn ---

const unpacked = new Map();

function valuesOf(column, rows) {
  if (Array.isArray(column)) return column;
  return column.codes ? column.codes.map((code) => column.words[code]) : Array(rows).fill(column.words[0]);
}

function rowsOf(name) {
  if (!unpacked.has(name)) {
    const { rows, columns } = page.datasets[name];
    const values = Object.entries(columns).map(([key, column]) => [key, valuesOf(column, rows)]);
    const row = (_, place) => Object.fromEntries(values.map(([key, column]) => [key, column[place]]));
    unpacked.set(name, Array.from({ length: rows }, row));
  }
  return unpacked.get(name);
}

// --- The selection: of each name the chosen values, or null for all ---

const chosen = Object.fromEntries(Object.keys(NAMES).map((name) => [name, null]));

const isChosen = (name, value) => chosen[name] === null || chosen[name].has(value);
const chosenNames = () => Object.keys(NAMES).filter((name) => chosen[name] !== null);

function chosenRows(dataset) {
  const names = chosenNames().filter((name) => name in page.datasets[dataset].columns);
  return rowsOf(dataset).filter((row) => names.every((name) => isChosen(name, row[name])));
}

function unfiltered(chart) {
  const known = (name) => chart.datasets.some((dataset) => name in page.datasets[dataset].columns);
  return chosenNames().filter((name) => !known(name));
}

// --- How charts look and how wide they are ---

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function themeOf(room, factor) {
  const [ink, muted, line] = ["--ink", "--muted", "--line"].map(colourOf);
  const isNarrow = room < NARROW;
  const fontSize = isNarrow ? 11 : 12;
  const texts = { labelFontSize: fontSize, titleFontSize: fontSize, titleFontWeight: 500 };
  const longest = Math.max(...page.choices.system.map((name) => name.length), 4);
  return {
    font: FONT,
    background: "transparent",
    padding: 4,
    view: { stroke: line, continuousWidth: 300 * factor },
    mark: { tooltip: { content: "data" } },
    text: { color: ink, fontSize: isNarrow ? 10 : fontSize },
    axis: {
      ...texts, labelColor: muted, titleColor: ink, gridColor: line, domainColor: line, tickColor: line,
      titlePadding: 8, labelLimit: isNarrow ? 92 : 220, labelOverlap: "greedy",
    },
    header: { labelColor: ink, titleColor: ink, labelFontSize: fontSize, labelFontWeight: 600, labelLimit: room - 80 },
    title: { color: ink, fontSize: 13 },
    legend: {
      ...texts, labelColor: ink, titleColor: muted, symbolSize: 90, orient: "top", direction: "horizontal",
      columns: Math.max(1, Math.floor((room - 80) / (longest * 7 + 46))), labelLimit: room - 100, symbolLimit: 60,
    },
  };
}

const isDark = () => matchMedia("screen and (prefers-color-scheme: dark)").matches;

// Up to which grey a plot means text, marks, lines to be read off, and lines behind.
const GREYS = [[0x40, "--ink"], [0x98, "--muted"], [0xc0, "--line-strong"], [0xff, "--line"]];

// A colour's three parts; null where the text is none.
function partsOfColour(text) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return found ? found.slice(1).map((part) => parseInt(part, 16)) : null;
}

// What a plot drew in black or grey, in the page's colours; on a dark ground the systems' colours are lighter.
function themedColour(text) {
  if (text === "black") return colourOf("--ink");
  const parts = partsOfColour(text);
  if (parts === null) return text;
  const [first, ...others] = parts;
  if (others.every((part) => part === first)) {
    const [, name] = GREYS.find(([darkest]) => first <= darkest);
    return colourOf(name);
  }
  return isDark() ? `rgb(${parts.map((part) => Math.round(part + (255 - part) / 4)).join(",")})` : text;
}

function themed(spec) {
  const coloured = new Set(["color", "fill", "stroke", "value", "gridColor", "domainColor", "tickColor", "labelColor"]);
  const isColour = (key, value) => typeof value === "string" && (coloured.has(key) || /^\d+$/.test(key));
  return JSON.parse(JSON.stringify(spec), (key, value) => (isColour(key, value) ? themedColour(value) : value));
}

const partsOf = (spec) =>
  ["spec", "layer", "hconcat", "vconcat", "concat"].flatMap((key) => (key in spec ? [spec[key]].flat() : []));

// Panels that stand side by side, one below the other.
function stack(spec) {
  partsOf(spec).forEach(stack);
  if (spec.hconcat) {
    spec.vconcat = spec.hconcat;
    delete spec.hconcat;
  }
  if (spec.concat) spec.columns = 1;
  if (spec.facet?.column && !spec.facet.row) spec.facet = spec.facet.column;
  if (spec.facet && !spec.facet.row && !spec.facet.column) spec.columns = 1;
}

const widthsOf = (spec) => [
  ...(typeof spec.width === "number" ? [spec.width] : []),
  ...partsOf(spec).flatMap(widthsOf),
];

// Makes every panel wider; what a plot set beside its panel stays beside it.
function widen(spec, factor) {
  if (typeof spec.width === "number") {
    const before = spec.width;
    spec.width = Math.round(before * factor);
    for (const part of [spec, ...partsOf(spec)]) {
      if (part.encoding?.x?.value >= before) part.encoding.x.value += spec.width - before;
    }
  }
  partsOf(spec).forEach((part) => widen(part, factor));
}

function specOf(chart, datasets, room, isStacked, factor) {
  const spec = { ...themed(chart.spec), config: themeOf(room, factor), datasets };
  if (isStacked) stack(spec);
  widen(spec, factor);
  return spec;
}

function embed(holder, spec, options) {
  return vegaEmbed(holder, spec, { mode: "vega-lite", actions: false, defaultStyle: false, logLevel: QUIET, ...options });
}

async function svgOf(spec) {
  const drawn = await embed(element("div"), spec, { renderer: "none" });
  const svg = await drawn.view.toSVG();
  drawn.finalize();
  return svg;
}

const widthOf = async (spec) => Number(/\bwidth="([\d.]+)"/.exec(await svgOf(spec))[1]);

// Rows enough to tell how wide axes and labels are: nobody sees the tries.
function sampled(datasets) {
  const some = (rows) => rows.filter((_, place) => place % Math.ceil(rows.length / SAMPLE_ROWS) === 0);
  return Object.fromEntries(Object.entries(datasets).map(([name, rows]) => [name, some(rows)]));
}

// A phone has no room for an interval as text: its bar is there, and a tap tells it.
function withoutIntervals(datasets) {
  const shortened = (row) => (typeof row.figure === "string" ? { ...row, figure: row.figure.split(" [")[0] } : row);
  return Object.fromEntries(Object.entries(datasets).map(([name, rows]) => [name, rows.map(shortened)]));
}

// A chart is as wide as its axes and labels, and a factor times its panels: two tries tell both.
async function fittedSpec(chart, datasets, room) {
  const isNarrow = room < NARROW;
  const told = isNarrow ? withoutIntervals(datasets) : datasets;
  const sample = sampled(told);
  const widths = widthsOf(chart.spec);
  const [least, most] = widths.length ? [Math.min(...widths), Math.max(...widths)] : [300, 300];
  for (const isStacked of isNarrow ? [true] : [false, true]) {
    const tried = (factor) => widthOf(specOf(chart, sample, room, isStacked, factor));
    const [width, wider] = [await tried(1), await tried(2)];
    const ofPanels = wider - width;
    const wished = ofPanels < 1 ? 1 : 1 + (room - width) / ofPanels;
    const smallest = Math.min(1, (isNarrow ? LEAST_PANEL_NARROW : LEAST_PANEL) / least);
    const factor = Math.floor(Math.max(smallest, Math.min(wished, MOST_PANEL / most)) * 100) / 100;
    if (isStacked || (await tried(factor)) <= room + 1) return specOf(chart, told, room, isStacked, factor);
  }
  throw new Error("a stacked chart is always drawn");
}

// --- Drawing: what is near the window, one chart after the other, again when anything changed ---

let version = 0;
let queue = Promise.resolve();
const near = new Set();
const drawnVersions = new Map();
const views = new Map();

const chartOf = (figure) => page.charts[figure.dataset.chart];

function datasetsOf(chart) {
  // Copies, as Vega writes into what it draws.
  return Object.fromEntries(chart.datasets.map((name) => [name, chosenRows(name).map((row) => ({ ...row }))]));
}

function isEmpty(chart, datasets) {
  const ofSystems = chart.datasets.filter((name) => "system" in page.datasets[name].columns);
  return ofSystems.length > 0 && ofSystems.every((name) => datasets[name].length === 0);
}

function sayWhatIsShown(figure, chart, datasets) {
  const line = figure.querySelector(".selected");
  const missing = unfiltered(chart).map((name) => NAMES[name]);
  const texts = [
    ...(isEmpty(chart, datasets) ? ["Nothing of the selection is in this chart."] : []),
    ...(missing.length ? [`The selection of ${missing.join(" and ")} does not apply to this chart.`] : []),
  ];
  line.textContent = texts.join(" ");
  line.hidden = texts.length === 0;
}

async function draw(figure) {
  const chart = chartOf(figure);
  const holder = figure.querySelector(".drawing");
  const datasets = datasetsOf(chart);
  const rows = Math.max(...Object.values(datasets).map((found) => found.length));
  sayWhatIsShown(figure, chart, datasets);
  views.get(figure)?.finalize();
  views.delete(figure);
  if (isEmpty(chart, datasets)) {
    holder.replaceChildren();
  } else {
    const spec = await fittedSpec(chart, datasets, figure.querySelector(".canvas").clientWidth);
    // The drawing has its name; its parts have none.
    const inner = element("div", { ariaHidden: "true" });
    const renderer = rows > MOST_SVG_ROWS ? "canvas" : "svg";
    const tooltip = (_handler, event, _item, value) => explainPoint(event, value);
    const drawn = await embed(inner, spec, { renderer, tooltip });
    holder.replaceChildren(inner);
    views.set(figure, drawn);
    const canvas = figure.querySelector(".canvas");
    canvas.tabIndex = canvas.scrollWidth > canvas.clientWidth ? 0 : -1;
  }
  figure.classList.add("is-drawn");
}

function enqueue(figure) {
  queue = queue.then(async () => {
    if (drawnVersions.get(figure) === version) return;
    drawnVersions.set(figure, version);
    await draw(figure);
    await new Promise((resolve) => setTimeout(resolve));
  }).catch((error) => console.error(`chart ${figure.dataset.chart}:`, error));
}

const drawNear = () => near.forEach(enqueue);

function redraw() {
  version += 1;
  drawNear();
}

function watchCharts() {
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.add(target);
      else near.delete(target);
    }
    drawNear();
  }, { rootMargin: "400px" });
  all("figure.chart").filter(chartOf).forEach((figure) => observer.observe(figure));

  let width = document.documentElement.clientWidth;
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (document.documentElement.clientWidth === width) return;
      width = document.documentElement.clientWidth;
      redraw();
    }, 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

// --- Files and the clipboard ---

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page that is no secure context has no clipboard.
    const area = document.body.appendChild(element("textarea", { value: text }));
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function csvOf(names, rows) {
  const quoted = (value) => {
    const text = String(value ?? "");
    // A spreadsheet would compute it (servebench/spreadsheet.py).
    const harmless = typeof value === "string" && /^[=+\-@\t\r\n]/.test(text) && !isFinite(text) ? `'${text}` : text;
    return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  return [names, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function chartCsv(chart) {
  const ofSystems = chart.datasets.filter((name) => "system" in page.datasets[name].columns);
  const shown = ofSystems.length ? ofSystems : chart.datasets;
  const names = [...new Set(shown.flatMap((name) => Object.keys(page.datasets[name].columns)))];
  const rows = shown.flatMap((name) => chosenRows(name).map((row) => names.map((key) => row[key])));
  const distinct = new Map(rows.map((row) => [JSON.stringify(row), row]));
  return csvOf(names, [...distinct.values()]);
}

async function chartSvg(figure) {
  const chart = chartOf(figure);
  const spec = await fittedSpec(chart, datasetsOf(chart), figure.querySelector(".canvas").clientWidth);
  spec.config.background = colourOf("--surface");
  return svgOf(spec);
}

function offerFiles() {
  for (const button of all("figure.chart [data-do]")) {
    const figure = button.closest("figure");
    const file = `${page.study}-${figure.dataset.chart}`;
    button.addEventListener("click", async () => {
      if (button.dataset.do === "csv") download(`${file}.csv`, "text/csv", chartCsv(chartOf(figure)));
      else download(`${file}.svg`, "image/svg+xml", await chartSvg(figure));
    });
  }
}

// --- The table of systems ---

const table = document.getElementById("systems-table");
const tableRows = [...table.tBodies[0].rows];
const tableColumns = [...table.tHead.rows[0].cells].map((head, place) => ({
  head, place, key: head.dataset.column, kind: head.dataset.kind, title: head.textContent.trim(), isShown: "shown" in head.dataset,
}));
const placeOf = Object.fromEntries(tableColumns.map(({ key, place }) => [key, place]));
const cellText = (row, key) => row.cells[placeOf[key]].textContent.trim();
const textOf = new Map(tableRows.map((row) => [row, row.textContent.toLowerCase()]));
const shownRows = () => [...table.tBodies[0].rows].filter((row) => !row.hidden);

function filterTable() {
  const words = document.getElementById("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of tableRows) {
    const isOfSelection =
      ["model", "system", "generator"].every((name) => isChosen(name, cellText(row, name))) &&
      isChosen("load_point", row.dataset.load);
    row.hidden = !isOfSelection || !words.every((word) => textOf.get(row).includes(word));
  }
  document.getElementById("count").textContent = `${shownRows().length} of ${tableRows.length} rows`;
}

function sortTable(column) {
  const before = column.head.getAttribute("aria-sort");
  const first = column.kind === "number" ? "descending" : "ascending";
  const second = first === "ascending" ? "descending" : "ascending";
  const order = before === first ? second : first;
  const sign = order === "ascending" ? 1 : -1;
  const keyed = tableRows.map((row) => {
    const cell = row.cells[column.place];
    const isNumber = column.kind === "number" || "v" in cell.dataset;
    return { row, key: isNumber ? (cell.dataset.v === undefined ? null : Number(cell.dataset.v)) : cell.textContent };
  });
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
  // What is missing stands last in both orders.
  keyed.sort((a, b) => (a.key === null) - (b.key === null) || (a.key === null ? 0 : sign * compare(a.key, b.key)));
  tableColumns.forEach(({ head }) => head.removeAttribute("aria-sort"));
  column.head.setAttribute("aria-sort", order);
  table.tBodies[0].append(...keyed.map(({ row }) => row));
}

const columnStyle = document.head.appendChild(element("style"));

function showColumns() {
  const hidden = tableColumns.filter(({ isShown }) => !isShown).map(({ place }) => `#systems-table tr > :nth-child(${place + 1})`);
  columnStyle.textContent = hidden.length ? `${hidden.join(",")} { display: none; }` : "";
}

// An interval as a bar on its column's scale, which is logarithmic over more than a decade or so.
function drawBars(column) {
  const cells = tableRows.map((row) => row.cells[column.place]).filter((cell) => "l" in cell.dataset);
  const bounds = cells.map((cell) => [Number(cell.dataset.l), Number(cell.dataset.h)]);
  const [least, most] = [Math.min(...bounds.map(([low]) => low)), Math.max(...bounds.map(([, high]) => high))];
  const isLog = least > 0 && most / least > 20;
  const start = isLog ? least / 1.2 : Math.min(0, least);
  const share = isLog
    ? (value) => Math.log(value / start) / Math.log(most / start)
    : (value) => (most > start ? (value - start) / (most - start) : 0);
  cells.forEach((cell, place) => {
    const [low, high] = bounds[place].map((value) => Math.min(1, Math.max(0, share(value))) * 100);
    const bar = element("i");
    bar.style.left = `min(${low.toFixed(1)}%, 100% - 3px)`;
    bar.style.width = `${(high - low).toFixed(1)}%`;
    cell.append(element("span", { className: "interval", ariaHidden: "true" }, bar));
  });
}

function tableCsv() {
  const shown = tableColumns.filter(({ isShown }) => isShown);
  const rows = shownRows();
  const fields = shown.flatMap(({ key, kind, place }) => {
    const of = (name) => (row) => row.cells[place].dataset[name] ?? "";
    if (kind !== "number") return [[key, (row) => row.cells[place].textContent.trim()]];
    const has = (name) => tableRows.some((row) => name in row.cells[place].dataset);
    return [
      [key, of("v")],
      ...(has("l") ? [[`${key}_low`, of("l")], [`${key}_high`, of("h")]] : []),
      ...(has("b") ? [[`${key}_bound`, of("b")]] : []),
    ];
  });
  return csvOf(fields.map(([name]) => name), rows.map((row) => fields.map(([, value]) => value(row))));
}

function liveTable() {
  tableColumns.filter(({ kind }) => kind === "number").forEach(drawBars);
  tableColumns.forEach((column) => column.head.firstElementChild.addEventListener("click", () => sortTable(column)));
  document.getElementById("search").addEventListener("input", filterTable);
  const options = document.querySelector("#columns .options");
  for (const column of tableColumns) {
    const box = element("input", { type: "checkbox", checked: column.isShown, value: column.key });
    box.addEventListener("change", () => {
      column.isShown = box.checked;
      showColumns();
    });
    options.append(element("label", {}, box, column.title));
  }
  const copyButton = document.getElementById("copy-table");
  copyButton.addEventListener("click", async () => {
    await copy(tableCsv());
    const before = copyButton.textContent;
    copyButton.textContent = "Copied";
    setTimeout(() => { copyButton.textContent = before; }, 1500);
  });
  const file = `${page.study}-systems.csv`;
  document.getElementById("download-table").addEventListener("click", () => download(file, "text/csv", tableCsv()));
  showColumns();
  filterTable();
}

// --- Explanations: of a verdict, of a column, of a point ---

const explanation = document.getElementById("explanation");

function place(left, top, bottom) {
  explanation.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = explanation;
  const isAbove = bottom + height + 12 > innerHeight && top > height + 12;
  explanation.style.left = `${Math.max(8, Math.min(left, document.documentElement.clientWidth - width - 8))}px`;
  explanation.style.top = `${isAbove ? top - height - 8 : bottom + 8}px`;
}

function hideExplanation() {
  explanation.hidden = true;
  all("[aria-describedby=explanation]").forEach((found) => found.removeAttribute("aria-describedby"));
}

function explain(target) {
  hideExplanation();
  if (target.classList.contains("word")) {
    const word = target.textContent.trim();
    const reason = cellText(target.closest("tr"), "verdict_reason");
    explanation.replaceChildren(
      element("p", {}, element("strong", { textContent: word }), `: ${page.words[word] ?? ""}.`),
      ...(reason ? [element("p", {}, element("strong", { textContent: "Here" }), `: ${reason}`)] : []),
    );
  } else {
    explanation.replaceChildren(element("p", { textContent: target.dataset.explain }));
  }
  const { left, top, bottom } = target.getBoundingClientRect();
  place(left, top, bottom);
  target.setAttribute("aria-describedby", "explanation");
}

const figureText = (value) =>
  typeof value === "number" ? value.toLocaleString("en-US", { maximumSignificantDigits: 3 }) : String(value);

// Columns that another one tells already, and what Vega adds itself.
const UNTOLD = /(^__|_low$|_high$|^panel$|^load$|^loop$|^note$|^campaign$)/;

const markOf = (datum) => (datum.is_lower_bound ? "≥ " : datum.is_upper_bound ? "≤ " : "");

function pointTexts(datum) {
  const texts = [];
  for (const name of Object.keys(NAMES)) {
    if (name in datum && (page.choices[name].length > 1 || name === "system")) {
      texts.push([NAMES[name], labelOf(name, datum[name])]);
    }
  }
  for (const [name, value] of Object.entries(datum)) {
    const isTold = ["number", "string"].includes(typeof value) && !(name in NAMES) && !UNTOLD.test(name);
    if (!isTold) continue;
    const [low, high] = [datum[`${name}_low`], datum[`${name}_high`]];
    const interval = typeof low === "number" && typeof high === "number" ? ` [${figureText(low)}, ${figureText(high)}]` : "";
    const bound = `${name}_low` in datum ? markOf(datum) : "";
    texts.push([page.titles[name] ?? name.replaceAll("_", " "), bound + figureText(value) + interval]);
  }
  return texts;
}

function explainPoint(event, datum) {
  const texts = datum && typeof datum === "object" ? pointTexts(datum) : [];
  if (!texts.length) {
    hideExplanation();
    return;
  }
  const lines = texts.flatMap(([name, text]) => [element("dt", { textContent: name }), element("dd", { textContent: text })]);
  explanation.replaceChildren(element("dl", { className: "data" }, ...lines));
  place(event.clientX + 8, event.clientY - 4, event.clientY + 4);
}

function liveExplanations() {
  const target = (event) => event.target.closest?.(".word, [data-explain]");
  for (const kind of ["mouseover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      const found = target(event);
      if (found) explain(found);
      else if (kind === "click") hideExplanation();
    });
  }
  for (const kind of ["mouseout", "focusout"]) {
    document.addEventListener(kind, (event) => target(event) && hideExplanation());
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideExplanation());
  addEventListener("scroll", hideExplanation, { passive: true, capture: true });
}

// --- The selection bar ---

function choose(name, values) {
  chosen[name] = values.size === page.choices[name].length || values.size === 0 ? null : values;
  filterTable();
  redraw();
}

function choiceOf(name, clear) {
  const values = page.choices[name];
  const summary = element("summary");
  const boxes = values.map((value) => element("input", { type: "checkbox", value }));
  const details = element(
    "details", { className: "choice" }, summary,
    element("div", { className: "options" }, ...boxes.map((box) => element("label", {}, box, labelOf(name, box.value)))),
  );
  details.dataset.name = name;
  const say = () => {
    const texts = chosen[name] === null ? ["all"] : [...chosen[name]].map((value) => labelOf(name, value));
    summary.textContent = `${NAMES[name]}: ${texts.join(", ")}`;
    details.classList.toggle("is-chosen", chosen[name] !== null);
    clear.hidden = chosenNames().length === 0;
  };
  details.addEventListener("change", () => {
    choose(name, new Set(boxes.filter((box) => box.checked).map((box) => box.value)));
    say();
  });
  clear.addEventListener("click", () => {
    boxes.forEach((box) => { box.checked = false; });
    chosen[name] = null;
    say();
  });
  say();
  return details;
}

// Options that would stand beyond the window are moved back into it.
function keepInside(details) {
  const options = details.querySelector(".options");
  options.style.left = "0";
  const beyond = options.getBoundingClientRect().right - (document.documentElement.clientWidth - 8);
  if (beyond > 0) options.style.left = `${-beyond}px`;
}

function liveSelection() {
  const bar = document.getElementById("selection");
  const names = Object.keys(NAMES).filter((name) => page.choices[name].length > 1);
  if (!names.length) return;
  const clear = element("button", { type: "button", textContent: "Clear", hidden: true });
  bar.append(element("span", { textContent: "Show" }), ...names.map((name) => choiceOf(name, clear)), clear);
  clear.addEventListener("click", () => {
    filterTable();
    redraw();
  });
  bar.hidden = false;
}

function liveChoices() {
  for (const details of all("details.choice")) details.addEventListener("toggle", () => details.open && keepInside(details));
  document.addEventListener("click", (event) => {
    all("details.choice[open]").filter((found) => !found.contains(event.target)).forEach((found) => { found.open = false; });
  });
}

// --- Print: everything unfolded, and the pictures, which are light ---

function livePrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("main details:not(.choice):not([open])");
    opened.forEach((found) => { found.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((found) => { found.open = false; }));
}

liveSelection();
liveTable();
liveChoices();
liveExplanations();
livePrint();
offerFiles();
watchCharts();
