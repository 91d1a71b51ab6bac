// Lines over the last minutes, as SVG. A line is broken where nothing was seen; the legend has the values, so that the picture is not the only way to them.

import { h } from "./dom.js";
import { clock } from "./format.js";

export const WINDOW = 300000; // milliseconds: as much as the node keeps for pages that come later
const SPANS = [{ span: 60000, ticks: [45, 30, 15], unit: 1000, name: "s" }, { span: 120000, ticks: [90, 60, 30], unit: 1000, name: "s" }, { span: WINDOW, ticks: [4, 3, 2, 1], unit: 60000, name: "min" }];
const HEIGHT = 148, TOP = 8, BOTTOM = 20, LEFT = 4, RIGHT = 4;
const GAP = 6000; // without a point for so long, and for three times the usual, nobody knows what was

const cursors = new Map(); // by plot: the moment that is pointed at

/** The next number from above that is easy to read, of bytes in their units. */
export function ceiling(value, isBytes) {
  if (!(value > 0)) return 1;
  const unit = isBytes && value >= 1 ? 1024 ** Math.floor(Math.log(value) / Math.log(1024) + 1e-9) : 1;
  const magnitude = 10 ** Math.floor(Math.log10(value / unit));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map(step => step * magnitude * unit).find(step => step >= value * 0.999);
}

/**
 * One plot. A series has name, style (a number from 1 on: colour and dashes) and value (of a point; null where there is none).
 * @param options id, title, hint, points, series, format, redraw
 */
export function plot({ id, title, hint, points, series, format, redraw, least = 0, isBytes = false }) {
  const width = Math.max(240, document.getElementById(id)?.clientWidth ?? 520);
  const last = points.length > 0 ? points[points.length - 1].at : 0;
  const scale = SPANS.find(one => points.length > 0 && last - points[0].at <= one.span) ?? SPANS[SPANS.length - 1]; // a page that was just opened need not be empty
  const seen = points.filter(point => point.at >= last - scale.span);
  const top = ceiling(Math.max(least, ...seen.flatMap(point => series.map(one => one.value(point) ?? 0))), isBytes);
  const x = at => LEFT + (width - LEFT - RIGHT) * (1 - (last - at) / scale.span);
  const y = value => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const cursor = cursors.get(id);
  const shown = cursor === undefined ? seen[seen.length - 1] : nearest(seen, cursor);
  const point = event => {
    const box = event.currentTarget.getBoundingClientRect();
    cursors.set(id, last - scale.span * (1 - (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)));
    redraw();
  };
  const leave = () => {
    cursors.delete(id);
    redraw();
  };
  const step = event => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") return leave();
    if (!way || seen.length === 0) return;
    event.preventDefault();
    const at = seen.indexOf(nearest(seen, cursor ?? last));
    cursors.set(id, seen[Math.max(0, Math.min(seen.length - 1, at + way))].at);
    redraw();
  };

  return h("figure", { class: "card plot" },
    h("figcaption", null,
      h("h3", null, title, hint && h("span", { class: "hint" }, hint)),
      h("span", { class: "moment" }, cursor !== undefined && shown ? clock(shown.at) : "")),
    h("dl", { class: "legend" }, series.map(one => h("div", null,
      h("dt", null, h("svg", { class: "swatch", viewBox: "0 0 18 8", "aria-hidden": "true" }, h("path", { class: `line s${one.style}`, d: "M1 4H17" })), one.name),
      h("dd", null, shown ? format(one.value(shown)) : "–")))),
    h("div", { class: "canvas", id, tabindex: "0", role: "img", "aria-label": `${title}: the last minutes; arrow keys show moments`, onpointermove: point, onpointerdown: point, onpointerleave: leave, onkeydown: step, onblur: leave },
      h("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
        [1, 0.5, 0].map(share => h("g", null,
          h("line", { class: share === 0 ? "axis" : "grid", x1: LEFT, x2: width - RIGHT, y1: y(top * share), y2: y(top * share) }),
          share > 0 && h("text", { class: "tick", x: LEFT + 2, y: y(top * share) + 12 }, format(top * share)))),
        scale.ticks.map(tick => h("text", { class: "tick", "text-anchor": "middle", x: x(last - tick * scale.unit), y: HEIGHT - 5 }, `−${tick} ${scale.name}`)),
        h("text", { class: "tick", "text-anchor": "end", x: width - RIGHT, y: HEIGHT - 5 }, "now"),
        series.slice(0, 2).map(one => h("path", { class: `area s${one.style}`, d: area(seen, one.value, x, y) })),
        series.map(one => h("path", { class: `line s${one.style}`, d: line(seen, one.value, x, y) })),
        cursor !== undefined && shown && h("line", { class: "cursor", x1: x(shown.at), x2: x(shown.at), y1: TOP, y2: HEIGHT - BOTTOM }))));
}

/** A small picture of the last values, for a tile. */
export function spark(points, value, style) {
  const last = points.length > 0 ? points[points.length - 1].at : 0;
  const span = Math.min(120000, Math.max(20000, last - (points[0]?.at ?? last)));
  const seen = points.filter(point => point.at >= last - span);
  const top = Math.max(1e-9, ...seen.map(point => value(point) ?? 0));
  return h("svg", { class: "spark", viewBox: "0 0 120 26", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("path", { class: `line s${style}`, d: line(seen, value, at => 120 * (1 - (last - at) / span), amount => 24 - 22 * (amount / top)) }));
}

/** Runs of points that belong together, each a list of places. */
function runs(points, value, x, y) {
  const all = [];
  let before = null;
  for (const point of points) {
    const amount = value(point);
    if (amount === null || amount === undefined) {
      before = null;
      continue;
    }
    if (before === null || point.at - before.at >= Math.max(GAP, 3000 * point.seconds)) all.push([]);
    all[all.length - 1].push(`${x(point.at).toFixed(1)} ${y(amount).toFixed(1)}`);
    before = point;
  }
  return all;
}

function line(points, value, x, y) {
  return runs(points, value, x, y).map(run => `M${run.join("L")}${run.length === 1 ? "h.1" : ""}`).join(""); // a point alone is to be seen too
}

function area(points, value, x, y) {
  return runs(points, value, x, y).filter(run => run.length > 1).map(run => `M${run[0].split(" ")[0]} ${y(0).toFixed(1)}L${run.join("L")}V${y(0).toFixed(1)}Z`).join("");
}

function nearest(points, at) {
  return points.reduce((best, point) => best === undefined || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best, undefined);
}
