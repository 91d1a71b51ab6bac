// What all views are made of.

import { h } from "./dom.js";

/** How words of the node are to be taken: good, warn, bad or idle. A mark stands beside the word, so that no colour says anything alone. */
const TONES = {
  Ready: "good", Serving: "good", Answers: "good", Reachable: "good", Done: "good", Leader: "good", live: "good",
  Binding: "warn", Loading: "warn", Draining: "warn", Opening: "warn", Closing: "warn", Accepted: "idle", Refuses: "warn", Strange: "warn", Candidate: "warn", PreCandidate: "warn", Interrupted: "warn",
  warning: "warn", Stopped: "bad", Unavailable: "bad", Lost: "bad", Unreachable: "bad", Failed: "bad", bad: "bad", lost: "bad",
  Running: "run", Follower: "run", note: "idle", Cancelled: "idle", Unknown: "idle", connecting: "idle", token: "warn",
};
const MARKS = { good: "●", warn: "▲", bad: "■", idle: "○", run: "●" };

export function tone(word) {
  return TONES[word] ?? "idle";
}

export function pill(word, text = word, as = tone(word)) {
  return h("span", { class: `pill ${as}` }, h("span", { class: "mark", "aria-hidden": "true" }, MARKS[as]), text);
}

export function card(title, options, ...children) {
  return h("section", { class: `card ${options?.class ?? ""}`, key: options?.key },
    h("header", null, h("h2", null, title), options?.aside && h("span", { class: "aside" }, options.aside)), children);
}

/** A table whose rows become cards on a narrow screen. A column has name, cell (of a row) and perhaps class. */
export function table(caption, columns, rows, { empty, key } = {}) {
  if (rows.length === 0) return h("p", { class: "empty" }, empty ?? "None.");
  return h("div", { class: "scroller" }, h("table", { class: "stack" },
    h("caption", { class: "quiet" }, caption),
    h("thead", null, h("tr", null, columns.map(column => h("th", { scope: "col", class: column.class }, column.name)))),
    h("tbody", null, rows.map(row => h("tr", { key: key?.(row) }, columns.map((column, index) =>
      h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: column.class, "data-label": column.name }, h("div", { class: "cell" }, column.cell(row)))))))));
}

/** A share as a bar, with its text behind it. */
export function bar(share, text, as = "run") {
  const known = share !== null && share !== undefined && Number.isFinite(share);
  return h("div", { class: "bar-line" },
    h("div", { class: `bar ${as}`, role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": known ? Math.round(share * 100) : null, "aria-label": text || "share" },
      h("div", { class: known ? "fill" : "fill unknown", style: { width: known ? `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%` : "100%" } })),
    text && h("span", { class: "bar-text" }, text));
}

/** Parts of a whole: a bar of segments, and each part with its count. */
export function parts(label, all) {
  const sum = all.reduce((total, part) => total + part.count, 0);
  return h("div", { class: "parts" },
    h("div", { class: "segments", role: "img", "aria-label": `${label}: ${all.map(part => `${part.count} ${part.name}`).join(", ") || "none"}` },
      all.filter(part => part.count > 0).map(part => h("div", { class: `segment ${part.tone}`, key: part.name, style: { "flex-grow": String(part.count) } })),
      sum === 0 && h("div", { class: "segment none", style: { "flex-grow": "1" } })),
    h("dl", { class: "counts" }, all.map(part => h("div", { class: part.count === 0 ? "zero" : "" },
      h("dt", null, h("span", { class: `mark ${part.tone}`, "aria-hidden": "true" }, MARKS[part.tone] ?? "●"), part.name), h("dd", null, String(part.count))))));
}

export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(pair => pair && pair[1] !== null && pair[1] !== undefined && pair[1] !== "").map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}
