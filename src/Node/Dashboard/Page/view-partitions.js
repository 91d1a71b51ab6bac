// All replicas of this node, asked for while this view is open.

import { h } from "./dom.js";
import { bytes, percent, whole, words } from "./format.js";
import { ask } from "./stream.js";
import { bar, card, pill, table } from "./ui.js";

const PERIOD = 5000, ROWS_MAX = 200; // more than anybody reads; the filter finds the others

const view = { all: null, problem: "", text: "", state: "", timer: 0, round: 0 };

/** Begins to ask, or ends. */
export function watchPartitions(isOpen, redraw, onToken) {
  clearTimeout(view.timer);
  const round = ++view.round; // an answer that comes after the view was left begins nothing
  if (!isOpen) return;
  const look = async () => {
    try {
      [view.all, view.problem] = [(await ask("partitions")).partitions, ""];
    } catch (failure) {
      view.problem = failure instanceof TypeError ? "the node does not answer" : failure.message;
      if (failure.wantsToken) onToken();
    }
    if (round !== view.round) return;
    redraw();
    view.timer = setTimeout(look, PERIOD);
  };
  look();
}

export function partitionsView({ redraw }) {
  if (view.all === null) return [h("p", { class: "card empty" }, view.problem ? `The partitions could not be read: ${view.problem}.` : "Asking the node …")];
  const wanted = view.text.trim().toLowerCase();
  const found = view.all.filter(one => (!view.state || one.state === view.state) && (!wanted || [one.id, one.volume, one.disk, one.role, one.reason].some(field => String(field ?? "").toLowerCase().includes(wanted))));
  const change = field => event => {
    view[field] = event.target.value;
    redraw();
  };
  return [card("Partitions", { key: "all", aside: `${whole(found.length)} of ${whole(view.all.length)}${found.length > ROWS_MAX ? `, the first ${ROWS_MAX} are shown` : ""}` },
    h("div", { class: "filters" },
      h("label", null, "Find", h("input", { type: "search", placeholder: "id, volume, disk, reason", oninput: change("text") })),
      h("label", null, "State", h("select", { onchange: change("state") }, ["", "Serving", "Loading", "Closing", "Unavailable"].map(state => h("option", { value: state }, state || "all"))))),
    view.problem && h("p", { class: "empty" }, `Not up to date: ${view.problem}.`),
    table("Partitions of this node", [
      { name: "Partition", cell: one => [h("span", { class: "name" }, String(one.id)), h("span", { class: "sub" }, one.volume)] },
      { name: "State", cell: one => [pill(one.state), one.reason && h("span", { class: "sub" }, one.reason)] },
      { name: "Stage", cell: one => words(one.stage) },
      { name: "Role", cell: one => one.role ? pill(one.role, words(one.role)) : "" },
      { name: "Gate", cell: one => [one.gate, one.parked > 0 && h("span", { class: "sub" }, `${whole(one.parked)} parked`)] },
      { name: "Used", class: "wide", cell: one => [bar(one.sizeBytes > 0 ? one.usedBytes / one.sizeBytes : null, one.sizeBytes > 0 ? percent(one.usedBytes / one.sizeBytes) : ""), h("span", { class: "sub" }, `${bytes(one.usedBytes)} of ${bytes(one.sizeBytes)}`)] },
      { name: "Extents", class: "right", cell: one => whole(one.extents) },
      { name: "Disk", cell: one => h("span", { class: "mono" }, one.disk) },
    ], found.slice(0, ROWS_MAX), { key: one => one.id, empty: view.all.length === 0 ? "This node holds no partition." : "Nothing fits." }))];
}
