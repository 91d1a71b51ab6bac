// Operations of this node: those that run with their progress, the last that ended, and alerts.

import { h } from "./dom.js";
import { bytes, clock, seconds, whole, words } from "./format.js";
import { bar, card, pill, table } from "./ui.js";

/** Columns of a table of operations; those marked open make sense while they run. */
export function operationColumns() {
  return [
    { name: "Operation", open: true, cell: one => [h("span", { class: "name" }, words(one.kind)), h("span", { class: "sub mono" }, one.id.slice(0, 13))] },
    { name: "About", open: true, cell: one => [one.partition != null ? `partition ${one.partition}` : one.disk ?? "the node", one.peer && h("span", { class: "sub mono" }, one.peer)] },
    { name: "State", open: true, cell: one => [pill(one.state), one.isStalled && pill("warning", "stalled")] },
    { name: "Progress", open: true, class: "wide", cell: one => progress(one) },
    { name: "Time", open: true, cell: one => one.startedAt ? seconds(one.seconds) : "waits" },
    { name: "Ended", cell: one => one.endedAt ? clock(one.endedAt) : "" },
    { name: "What came of it", class: "long", cell: one => one.result || one.detail },
  ];
}

function progress(one) {
  const known = one.progress;
  if (!known) return one.state === "Running" ? bar(null, "under way") : "";
  const amount = value => known.unit === "bytes" ? bytes(value) : whole(value);
  const text = known.of > 0 ? `${amount(known.done)} of ${amount(known.of)}${known.unit === "bytes" ? "" : ` ${known.unit}`}` : `${amount(known.done)}${known.unit === "bytes" ? "" : ` ${known.unit}`}`;
  if (one.endedAt) return text;
  return bar(known.percent != null ? known.percent / 100 : null, `${text}${known.percent != null ? `, ${Math.floor(known.percent)} %` : ""}`, one.isStalled ? "warn" : "run");
}

export function operationsView({ node }) {
  if (!node.operations) return [h("p", { class: "card empty" }, "The node is being made; its ledger is not open yet.")];
  const all = node.operations.operations;
  const open = all.filter(one => !one.endedAt);
  const ended = all.filter(one => one.endedAt);
  return [
    !node.operations.kept && node.operations.problem && h("p", { class: "card notice" }, pill("warning", "Not kept"), ` ${node.operations.problem}`),
    card("Running", { key: "open", aside: `${whole(open.length)} open` },
      table("Operations that run", operationColumns().filter(column => column.open || column.class === "long"), open, { key: one => one.id, empty: "No operation runs." })),
    card("Ended lately", { key: "ended", aside: ended.length > 0 ? `the last ${whole(ended.length)}` : null },
      table("Operations that ended", operationColumns().map(column => column.name === "Progress" ? { ...column, class: null } : column), ended, { key: one => one.id, empty: "None yet." })),
    card("Alerts", { key: "alerts", aside: `${whole(node.alerts.active)} active` },
      table("Alerts", [
        { name: "Alert", cell: one => h("span", { class: "name" }, words(one.kind)) },
        { name: "State", cell: one => one.isActive ? pill("warning", "active") : pill("note", one.clearedAt ? "cleared" : "past") },
        { name: "Seen", cell: one => [clock(one.at), one.repeats > 0 && h("span", { class: "sub" }, `and ${whole(one.repeats)} times since`)] },
        { name: "About", cell: one => [one.partition != null ? `partition ${one.partition}` : "", one.peer && h("span", { class: "sub mono" }, one.peer)] },
        { name: "Expected", class: "long", cell: one => one.expected },
        { name: "Got", class: "long", cell: one => one.got },
      ], node.alerts.alerts.slice(0, 50), { empty: "None was raised." })),
  ];
}
