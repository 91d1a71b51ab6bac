// Holds what the page knows, and draws it when something of it changes.

import { h, patch } from "./dom.js";
import { clock, seconds } from "./format.js";
import { WINDOW } from "./plot.js";
import { EventStream, token } from "./stream.js";
import { pill, tone } from "./ui.js";
import { clusterView } from "./view-cluster.js";
import { attentionOf, nodeView } from "./view-node.js";
import { operationsView } from "./view-operations.js";
import { partitionsView, watchPartitions } from "./view-partitions.js";

const VIEWS = { node: "Node", partitions: "Partitions", operations: "Operations", cluster: "Cluster" };
const THEMES = ["auto", "light", "dark"];

const page = { view: "", node: null, cluster: null, points: [], theme: document.documentElement.dataset.theme ?? "auto" };
const elements = Object.fromEntries(["header", "connection", "content", "footer", "token"].map(id => [id, document.getElementById(id)]));

const nodeStream = new EventStream("events", onEvent, onState);
let clusterStream = null;

function onEvent(name, data) {
  if (name === "history") takePoints(data.points);
  if (name === "node") {
    page.node = data;
    if (data.point) takePoints([data.point]);
  }
  if (name === "cluster") page.cluster = data;
  redraw();
}

/** Points come again after a reconnection; each moment is kept once, and no longer than it is shown. */
function takePoints(points) {
  const known = new Set(page.points.map(point => point.at));
  page.points = [...page.points, ...points.filter(point => !known.has(point.at))].sort((a, b) => a.at - b.at);
  const last = page.points[page.points.length - 1]?.at ?? 0;
  page.points = page.points.filter(point => point.at >= last - WINDOW);
}

function onState(stream) {
  if (stream.state === "token") askForToken();
  redraw();
}

function route() {
  const wanted = location.hash.slice(1);
  page.view = wanted in VIEWS ? wanted : "node";
  if (page.view === "cluster") clusterStream ??= new EventStream("events?of=cluster", onEvent, onState);
  else {
    clusterStream?.close();
    [clusterStream, page.cluster] = [null, null];
  }
  watchPartitions(page.view === "partitions", redraw, askForToken);
  redraw();
  scrollTo(0, 0);
}

let isDue = false;
function redraw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  const { node } = page;
  document.title = node ? `${node.node.address || "node"} · ${node.node.phase} · CubeActors` : "CubeActors";
  document.body.classList.toggle("stale", nodeStream.state !== "live" && node !== null);
  patch(elements.header, head(node));
  patch(elements.connection, connection());
  if (!node) patch(elements.content, h("p", { class: "card empty", key: "wait" }, nodeStream.state === "token" ? "This node shows itself only to who knows its token." : "Asking the node …"));
  else if (page.view === "node") patch(elements.content, nodeView({ node, points: page.points, redraw }));
  else if (page.view === "partitions") patch(elements.content, partitionsView({ redraw }));
  else if (page.view === "operations") patch(elements.content, operationsView({ node }));
  else patch(elements.content, clusterView({ cluster: page.cluster }));
  patch(elements.footer, node && [
    h("span", null, `CubeActors ${node.node.version}`), h("span", null, node.node.runtime), h("span", null, `as of ${clock(node.at)}`),
    node.node.zone && h("span", null, `zone ${node.node.zone}`),
  ]);
}

function head(node) {
  const attention = node ? attentionOf(node).filter(one => one.severity !== "note") : [];
  const open = node?.operations?.operations.filter(one => !one.endedAt).length ?? 0;
  const counts = {
    node: attention.length > 0 && h("span", { class: `count ${attention.some(one => one.severity === "bad") ? "bad" : "warn"}`, title: "call for attention" }, String(attention.length)),
    operations: open > 0 && h("span", { class: "count", title: "run" }, String(open)),
  };
  return h("div", { class: "head" },
    h("div", { class: "brand" }, h("img", { src: "dashboard/icon.svg", alt: "", width: 28, height: 28 }),
      h("h1", null, "CubeActors", h("span", { class: "where mono" }, node ? [node.node.address || "address not known yet", node.node.cluster && ` in ${node.node.cluster}`] : location.host))),
    h("div", { class: "standing" }, node && pill(node.node.phase), node?.node.nodeId > 0 && h("span", { class: "aside" }, `node ${node.node.nodeId}`)),
    h("div", { class: "tools" },
      pill(nodeStream.state, { live: "live", connecting: "connecting", lost: "not reachable", token: "token needed" }[nodeStream.state]),
      h("button", { type: "button", onclick: nextTheme, title: "Colours: as the system has them, light, or dark", "aria-label": `Colours: ${page.theme}` }, { auto: "◐", light: "☀", dark: "☾" }[page.theme], h("span", null, ` ${page.theme}`))),
    h("nav", { "aria-label": "Views" }, Object.entries(VIEWS).map(([name, title]) => h("a", { href: `#${name}`, "aria-current": page.view === name ? "page" : null }, title, counts[name]))));
}

function connection() {
  const stream = [nodeStream, clusterStream].find(one => one?.state === "lost");
  if (!stream) return null;
  return h("div", null,
    h("strong", null, `Not reachable since ${clock(stream.lostAt)}`), h("span", null, `${stream.problem[0].toUpperCase()}${stream.problem.slice(1)}. The page asks again by itself${page.node ? `; what it shows is of ${clock(page.node.at)}` : ""}.`),
    h("button", { type: "button", onclick: () => stream.again() }, "Ask now"));
}

function nextTheme() {
  page.theme = THEMES[(THEMES.indexOf(page.theme) + 1) % THEMES.length];
  if (page.theme === "auto") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("cubeactors-theme");
  } else {
    document.documentElement.dataset.theme = page.theme;
    localStorage.setItem("cubeactors-theme", page.theme);
  }
  redraw();
}

function askForToken() {
  if (elements.token.open) return;
  const take = event => {
    event.preventDefault();
    token.set(elements.token.querySelector("input").value.trim());
    elements.token.close();
    for (const stream of [nodeStream, clusterStream]) stream?.again();
    if (page.view === "partitions") watchPartitions(true, redraw, askForToken);
  };
  patch(elements.token, h("form", { onsubmit: take },
    h("h2", { id: "token-title" }, "This node asks for a token"),
    h("p", null, token.get() ? "The one that was given is not the node's." : "It is the first line of the file that cubeactors.http.token-file names. It is kept for this tab, and forgotten with it."),
    h("input", { type: "password", autocomplete: "off", "aria-label": "Token", required: true }),
    h("div", { class: "buttons" }, h("button", { type: "submit" }, "Go on"))));
  elements.token.showModal();
}

// A moment ago and a minute ago look alike on a page that gets no events.
setInterval(() => nodeStream.state !== "live" && redraw(), 1000);
addEventListener("hashchange", route);
addEventListener("resize", redraw);
route();
redraw();
