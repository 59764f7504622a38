// Draws the charts and sorts the groups; the page says everything without it.
"use strict";

(() => {
  const { at, charts } = JSON.parse(document.getElementById("data").textContent);
  const plots = [...document.querySelectorAll(".plot")];
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800];
  const STEPS_OF_ONE = [1, 2, 5].flatMap((n) => Array.from({ length: 9 }, (_, p) => n * 10 ** p)).sort((a, b) => a - b);
  const LEFT = 66; // pixels for the numbers, the same in all charts, so that their clocks are in line
  const ON_PAPER = 660;
  const paper = matchMedia("print");

  // How values are written.

  const two = (number) => String(number).padStart(2, "0");
  const clock = (seconds) =>
    `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
  const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
  const unit = (most) => (most < 0.001 ? [1e6, "µs"] : most < 1 ? [1e3, "ms"] : [1, "s"]);
  const time = (seconds, most = seconds) => {
    const [factor, name] = unit(most);
    return seconds ? `${plain.format(seconds * factor)} ${name}` : "0";
  };
  const write = { time, rate: (value) => plain.format(value), count: (value) => plain.format(value) };

  // A value lasts until the next, and is seen however short that is.

  const steps = (u, series, first, last) => {
    const stroke = new Path2D();
    const fill = new Path2D();
    const values = u.data[series];
    const shortest = 2 * devicePixelRatio;
    const ground = u.valToPos(0, "y", true);
    let pen = null;
    for (let i = first; i <= last; i++) {
      if (values[i] == null) {
        pen = null;
        continue;
      }
      const x = u.valToPos(at[i], "x", true);
      const y = u.valToPos(values[i], "y", true);
      let end = i + 1 < at.length ? u.valToPos(at[i + 1], "x", true) : x;
      if (values[i + 1] == null) end = Math.max(end, x + shortest);
      if (pen === null) stroke.moveTo(x, y);
      else stroke.lineTo(x, y);
      stroke.lineTo(end, y);
      if (values[i]) fill.rect(x, y, Math.max(end - x, shortest), ground - y);
      pen = y;
    }
    return { stroke, fill: u.series[series].fill ? fill : null, flags: 1 };
  };

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };

  const series = (chart, colour) =>
    chart.lines.map((line, place) => ({
      label: line.label,
      stroke: colour(place ? "line-2" : "line-1"),
      fill: chart.lines.length === 1 ? colour("line-1-pale") : undefined,
      width: place ? 1.75 : chart.lines.length > 1 ? 2.5 : 1.5,
      dash: place ? [6, 4] : undefined,
      paths: steps,
      points: { show: false },
      value: (u, value) => (value == null ? "–" : write[chart.kind](value)),
    }));

  const axes = (chart, colour) => {
    const look = {
      stroke: colour("soft"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: colour("line"), width: 1 },
      ticks: { stroke: colour("line"), width: 1, size: 5 },
    };
    const numbers = (u, splits) => splits.map((split) => write[chart.kind](split, splits[splits.length - 1]));
    return [
      { ...look, incrs: STEPS, space: 76, size: 32, values: (u, splits) => splits.map(clock) },
      { ...look, size: LEFT, space: 26, values: numbers, ...(chart.kind === "count" && { incrs: STEPS_OF_ONE }) },
    ];
  };

  const draw = (chart, place, width) =>
    new uPlot(
      {
        width,
        height: place ? 170 : 220,
        padding: [10, 28, 0, 0],
        scales: {
          x: { time: false, range: (u, from, to) => [from, to > from ? to : from + 1] },
          y: { range: (u, from, to) => [0, to > 0 ? to * 1.08 : 1] },
        },
        series: [{ label: "at", value: (u, moment) => (moment == null ? "–" : clock(moment)) }, ...series(chart, colours())],
        axes: axes(chart, colours()),
        legend: { markers: { width: 3, dash: (u, line) => (line === 2 ? "dashed" : "solid") } },
        cursor: {
          y: false,
          sync: { key: "run", setSeries: false },
          points: { show: false },
          // The row that the cursor is in, not the one that begins nearest.
          dataIdx: (u, line, nearest, moment) => (nearest && at[nearest] > moment ? nearest - 1 : nearest),
        },
      },
      [at, ...chart.lines.map((line) => line.values)],
      plots[place],
    );

  // The keyboard moves the cursor, and says where it is.

  let shown = [];
  let here = 0;

  const say = (chart) =>
    `${clock(at[here])}: ` +
    chart.lines
      .map((line) => `${line.label} ${line.values[here] == null ? "none" : write[chart.kind](line.values[here])}`)
      .join(", ");

  const move = (place, to) => {
    here = Math.min(Math.max(to, 0), at.length - 2);
    const u = shown[place];
    u.setCursor({ left: u.valToPos((at[here] + at[here + 1]) / 2, "x"), top: 1 }, true, true);
    plots[place].setAttribute("aria-valuenow", here);
    plots[place].setAttribute("aria-valuetext", say(charts[place]));
  };

  const far = Math.max(1, Math.round(at.length / 10));
  const KEYS = {
    ArrowLeft: () => here - 1,
    ArrowDown: () => here - 1,
    ArrowRight: () => here + 1,
    ArrowUp: () => here + 1,
    PageDown: () => here - far,
    PageUp: () => here + far,
    Home: () => 0,
    End: () => at.length - 2,
  };

  plots.forEach((plot, place) => {
    const name = plot.dataset.name;
    const said = {
      role: "slider",
      tabindex: 0,
      "aria-labelledby": name,
      "aria-describedby": `${name}-said`,
      "aria-valuemin": 0,
      "aria-valuemax": at.length - 2,
      "aria-valuenow": 0,
      "aria-valuetext": say(charts[place]),
    };
    for (const [attribute, value] of Object.entries(said)) plot.setAttribute(attribute, value);
    plot.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      move(place, KEYS[event.key]());
    });
  });

  // Colours and width are those of the moment.

  const drawAll = () => {
    shown.forEach((u) => u.destroy());
    shown = charts.map((chart, place) => draw(chart, place, paper.matches ? ON_PAPER : plots[place].clientWidth));
  };
  const fit = () =>
    shown.forEach((u, place) => {
      const width = plots[place].clientWidth;
      if (width && width !== u.width && !paper.matches) u.setSize({ width, height: u.height });
    });

  if (charts.length) {
    drawAll();
    document.getElementById("how").hidden = false;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    paper.addEventListener("change", drawAll);
    new ResizeObserver(fit).observe(document.getElementById("main"));
  }

  // Tables that are sorted by the buttons in their heads: numbers from the largest, names from A.

  const key = (row, column) => {
    const { value } = row.cells[column].dataset;
    return value === undefined ? row.cells[column].textContent : Number(value);
  };
  const compare = (a, b) =>
    typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });

  document.querySelectorAll("table.sortable").forEach((table) => {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const sort = (head, column) => {
      const was = head.getAttribute("aria-sort");
      const falls = was ? was === "ascending" : typeof key(body.rows[0], column) === "number";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const sign = falls ? -1 : 1;
      body.append(...[...body.rows].sort((a, b) => sign * compare(key(a, column), key(b, column))));
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(head, column));
      head.append(button);
    });
  });
})();
