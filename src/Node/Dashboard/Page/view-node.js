// This node: what calls for attention, figures, plots, partitions, raft, disks, what runs.

import { h } from "./dom.js";
import { bytes, clock, latency, number, percent, perSecond, plural, seconds, since, whole, words } from "./format.js";
import { plot, spark } from "./plot.js";
import { bar, card, facts, parts, pill, table, tone } from "./ui.js";
import { operationColumns } from "./view-operations.js";

const SHOWN = 6; // running operations on this view; the others have a view of their own

export function nodeView({ node, points, redraw }) {
  return [
    attention(node),
    tiles(node, points),
    (node.node.phase !== "Ready" || !node.start.started) && startCard(node),
    ...plots(points, redraw),
    partitionsCard(node),
    raftCard(node),
    membersCard(node),
    node.troubledCount > 0 && troubledCard(node),
    disksCard(node),
    runningCard(node),
    processCard(node),
  ];
}

/** Conditions that are, and alerts of the ledger whose cause is there or was lately. */
export function attentionOf(node) {
  const alerts = (node.alerts?.alerts ?? []).filter(alert => alert.isActive).slice(0, 20).map(alert => ({
    key: `${alert.kind} ${alert.at} ${alert.operation ?? ""}`, severity: "warning", title: words(alert.kind), since: alert.at,
    text: [alert.partition && `partition ${alert.partition}`, alert.peer, alert.expected && `expected ${alert.expected}`, alert.got && `got ${alert.got}`, alert.repeats > 0 && `seen ${alert.repeats + 1} times`].filter(Boolean).join("; "),
  }));
  return [...node.conditions, ...alerts];
}

function attention(node) {
  const all = attentionOf(node);
  return h("section", { class: "card attention", "aria-live": "polite", "aria-relevant": "additions removals", key: "attention" },
    h("h2", null, "What calls for attention"),
    all.length === 0
      ? h("p", { class: "calm" }, h("span", { class: "mark good", "aria-hidden": "true" }, "●"), "Nothing calls for attention.")
      : h("ul", null, all.map(one => h("li", { class: tone(one.severity), key: one.key },
        h("div", null, pill(one.severity, { bad: "Problem", warning: "Warning", note: "Note" }[one.severity])),
        h("div", null, h("strong", null, one.title), h("p", null, one.text)),
        h("time", { datetime: one.since }, `since ${clock(one.since)}`)))));
}

function tiles(node, points) {
  const last = points[points.length - 1];
  const states = node.node.partitions;
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  const serving = states.Serving ?? 0;
  const requests = point => point.append.perSecond + point.overwrite.perSecond + point.read.perSecond + point.delete.perSecond;
  const [total, used] = [sum(node.disks, disk => disk.totalBytes), sum(node.disks, disk => disk.usedBytes)];
  return h("dl", { class: "card tiles", key: "tiles" },
    tile("Partitions serving", whole(serving), `of ${whole(all)}`, all === serving ? `on ${plural(node.disks.length, "disk")}` : `${whole(all - serving)} not serving`, null, all === serving ? "" : states.Unavailable > 0 ? "bad" : "warn"),
    tile("Groups led", whole(node.node.groupsLed), `of ${whole(node.raft ? sum(Object.values(node.raft.roles), count => count) : null)}`, "raft"),
    tile("Written", ...split(perSecond(last?.writtenBytes)), null, spark(points, point => point.writtenBytes, 2)),
    tile("Read", ...split(perSecond(last?.readBytes)), null, spark(points, point => point.readBytes, 1)),
    tile("Requests", number(last ? requests(last) : null), last ? "/s" : "", null, spark(points, requests, 3)),
    tile("Appends, 99 % within", ...split(latency(last?.append.p99)), null, spark(points, point => point.append.p99 ?? null, 2)),
    tile("Space used", ...split(total > 0 ? percent(used / total) : "–"), `${bytes(used)} of ${bytes(total)}`),
    tile("Connections", whole(node.node.connections), "", node.node.parked > 0 ? `${plural(node.node.parked, "request")} parked` : "no request waits", null, node.node.parked > 0 ? "warn" : ""));
}

function tile(name, value, unit, below, picture, as = "") {
  return h("div", { class: `tile ${as}` }, h("dt", null, name), h("dd", null, value, unit && h("small", null, unit)), picture ?? h("span", { class: "below" }, below ?? " "));
}

/** "12.5 MiB/s" as number and unit. */
function split(text) {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function startCard(node) {
  const start = node.start;
  return card("Start", { key: "start", aside: node.node.leftSeconds != null ? `about ${seconds(node.node.leftSeconds)} left` : node.node.phase },
    phases(start.phases),
    start.reasons?.length > 0 && h("ul", { class: "reasons" }, start.reasons.slice(0, 8).map(reason => h("li", null, reason))),
    node.node.phase === "Draining" && h("ul", { class: "reasons" }, node.node.notReady.slice(0, 8).map(reason => h("li", null, reason))),
    h("div", { class: "loads" }, start.disks.map(disk => h("div", { key: disk.path },
      h("span", { class: "mono" }, disk.path),
      bar(disk.progress, `${whole(disk.settled)} of ${whole(disk.found)} partitions${disk.leftSeconds > 0 ? `, ${seconds(disk.leftSeconds)} left` : ""}`, disk.state === "Unavailable" ? "bad" : "run")))));
}

function phases(all) {
  return h("ol", { class: "timeline" }, all.map(phase => h("li", { class: phase.over ? "" : "now" }, h("b", null, phase.name), h("span", null, phase.over ? seconds(phase.seconds) : `for ${seconds(phase.seconds)}`))));
}

function plots(points, redraw) {
  const work = name => point => point.work.find(one => one.class === name)?.threads ?? 0;
  const moved = name => point => point.moved.find(one => one.class === name)?.perSecond ?? 0;
  const half = (options, key) => h("div", { class: "half", key }, plot({ ...options, points, redraw }));
  return [
    half({ id: "plot-throughput", title: "Throughput", least: 65536, isBytes: true, format: perSecond, series: [
      { name: "written", style: 2, value: point => point.writtenBytes }, { name: "read", style: 1, value: point => point.readBytes },
      { name: "repair", style: 3, value: moved("repair") }, { name: "scrub", style: 4, value: moved("scrub") }] }, "throughput"),
    half({ id: "plot-requests", title: "Requests a second", least: 1, format: number, series: [
      { name: "append", style: 2, value: point => point.append.perSecond }, { name: "read", style: 1, value: point => point.read.perSecond },
      { name: "overwrite", style: 3, value: point => point.overwrite.perSecond }, { name: "delete", style: 4, value: point => point.delete.perSecond }] }, "requests"),
    half({ id: "plot-latency", title: "Latency", hint: "99 % within; this replica's part, estimated from buckets", format: latency, series: [
      { name: "append", style: 2, value: point => point.append.p99 ?? null }, { name: "read", style: 1, value: point => point.read.p99 ?? null },
      { name: "overwrite", style: 3, value: point => point.overwrite.p99 ?? null }] }, "latency"),
    half({ id: "plot-disks", title: "Disk threads at work", hint: "all disks, by class", least: 0.1, format: number, series: [
      { name: "client", style: 1, value: work("client") }, { name: "load", style: 2, value: work("load") }, { name: "repair", style: 3, value: work("repair") }] }, "threads"),
  ];
}

function partitionsCard(node) {
  const of = state => node.node.partitions[state] ?? 0;
  return card("Partitions", { class: "third", key: "partitions", aside: h("a", { href: "#partitions" }, "all") },
    parts("Partitions by state", ["Serving", "Loading", "Closing", "Unavailable"].map(state => ({ name: state, count: of(state), tone: tone(state) }))),
    facts([
      ["Stages", Object.entries(node.start.stages).map(([stage, count]) => `${whole(count)} ${words(stage).toLowerCase()}`).join(", ")],
      ["Parked requests", whole(node.node.parked)],
      ["Doubtful replies", node.node.replyMismatches > 0 ? pill("bad", whole(node.node.replyMismatches)) : "0"],
    ]));
}

function raftCard(node) {
  const raft = node.raft;
  if (!raft) return card("Raft", { class: "third", key: "raft" }, h("p", { class: "empty" }, "The node is being made."));
  return card("Raft groups by role", { class: "third", key: "raft" },
    parts("Raft groups by role", Object.entries(raft.roles).map(([role, count]) => ({ name: words(role), count, tone: tone(role) })).sort((a, b) => order(a.name) - order(b.name))),
    facts([
      ["Without leader", raft.leaderless > 0 ? pill("bad", whole(raft.leaderless)) : "0"],
      ["Waits for peers", bytes(raft.sendQueueBytes)],
      ["Snapshots under way", whole(raft.snapshotsUnderWay)],
      ["Peers connected", whole(raft.inboundConnections)],
    ]));
}

function order(role) {
  return ["Leader", "Follower"].indexOf(role) < 0 ? 2 : ["Leader", "Follower"].indexOf(role);
}

function membersCard(node) {
  const count = state => node.members.filter(member => member.reachability === state).length;
  return card("Members, as raft hears them", { class: "third", key: "members", aside: h("a", { href: "#cluster" }, "cluster") },
    parts("Members by reachability", ["Reachable", "Unknown", "Unreachable"].map(state => ({ name: state, count: count(state), tone: tone(state) }))),
    node.members.length === 0 ? h("p", { class: "empty" }, "No other node shares a partition with this one.")
      : facts(node.members.slice(0, 6).map(member => [member.address, h("span", null, pill(member.reachability), member.reachability !== "Reachable" && member.silentSeconds != null && h("span", { class: "sub" }, `silent for ${seconds(member.silentSeconds)}`))])));
}

function troubledCard(node) {
  return card("Replicas that do not serve as they should", { key: "troubled", aside: node.troubledCount > node.troubled.length ? `${whole(node.troubled.length)} of ${whole(node.troubledCount)}` : null },
    table("Replicas that do not serve as they should", [
      { name: "Partition", cell: one => [h("span", { class: "name" }, String(one.id)), h("span", { class: "sub" }, one.volume)] },
      { name: "State", cell: one => pill(one.state) },
      { name: "Stage", cell: one => [words(one.stage), one.stageTotal > 0 && bar(one.stageDone / one.stageTotal, `${whole(one.stageDone)} of ${whole(one.stageTotal)}`)] },
      { name: "Rebuilt", cell: one => one.rebuildShare != null ? bar(one.rebuildShare, percent(one.rebuildShare)) : "" },
      { name: "Disk", cell: one => h("span", { class: "mono" }, one.disk) },
      { name: "Reason", class: "long", cell: one => one.reason ?? (one.isRepairing ? "A replica of its group is being rebuilt." : "") },
    ], node.troubled, { key: one => one.id }));
}

function disksCard(node) {
  const budget = path => node.budgets.disks.find(disk => disk.path === path);
  const rates = path => node.diskRates?.find(disk => disk.path === path);
  const lane = name => disk => {
    const now = disk.classes.find(one => one.class === name);
    const rate = rates(disk.path)?.work.find(one => one.class === name);
    return now ? [h("span", { class: "name" }, rate ? `${number(rate.perSecond)}/s` : "–"), h("span", { class: "sub" }, `${rate ? number(rate.threads) : "–"} busy, ${whole(now.waiting)} wait`)] : "";
  };
  const traffic = name => disk => {
    const now = budget(disk.path)?.classes.find(one => one.class === name);
    const rate = rates(disk.path)?.moved.find(one => one.class === name);
    if (!now) return "";
    const amount = value => name === "delete" ? `${number(value)}/s` : perSecond(value);
    return [h("span", { class: "name" }, rate ? amount(rate.perSecond) : "–"), h("span", { class: "sub" }, now.rate > 0 ? `≤ ${amount(now.rate)}` : "no limit", now.waiting > 0 && `, ${whole(now.waiting)} wait`)];
  };
  return card("Disks", { key: "disks", aside: "work and bytes by class; busy: threads" },
    table("Disks with their I/O by class", [
      { name: "Disk", cell: disk => [h("span", { class: "name mono" }, disk.path), h("span", { class: "sub" }, [disk.device, plural(disk.partitions, "partition")].filter(Boolean).join(", "))] },
      { name: "State", cell: disk => [pill(disk.state), disk.reason && h("span", { class: "sub" }, disk.reason)] },
      { name: "Space", class: "wide", cell: disk => [bar(disk.totalBytes > 0 ? disk.usedBytes / disk.totalBytes : null, disk.totalBytes > 0 ? percent(disk.usedBytes / disk.totalBytes) : "unknown", disk.isWritable ? "run" : "warn"), h("span", { class: "sub" }, `${bytes(disk.availableBytes)} may be written`)] },
      { name: "Device busy", cell: disk => disk.busyPercent != null ? bar(disk.busyPercent / 100, `${Math.round(disk.busyPercent)} %`, disk.busyPercent > 90 ? "warn" : "run") : "" },
      { name: "Clients", class: "lane", cell: lane("client") },
      { name: "Loading", class: "lane", cell: lane("load") },
      { name: "Repair work", class: "lane", cell: lane("repair") },
      { name: "Repair", class: "lane", cell: traffic("repair") },
      { name: "Scrub", class: "lane", cell: traffic("scrub") },
      { name: "Deletes", class: "lane", cell: traffic("delete") },
      { name: "Raft log", cell: disk => disk.logQueue != null ? `${whole(disk.logQueue)} wait` : "" },
    ], node.disks, { key: disk => disk.path, empty: "The node has no disks." }));
}

function runningCard(node) {
  const open = (node.operations?.operations ?? []).filter(one => !one.endedAt);
  return card("Running operations", { key: "running", aside: h("a", { href: "#operations" }, open.length > SHOWN ? `all ${open.length}` : "history") },
    table("Running operations", operationColumns(node.at).filter(column => column.open), open.slice(0, SHOWN), { key: one => one.id, empty: "No operation runs." }));
}

function processCard(node) {
  const [facility, runtime, point] = [node.node, node.runtime, node.point];
  return card("Process", { key: "process", aside: `up ${seconds(facility.uptimeSeconds)}` },
    facts([
      ["Version", `${facility.version}${facility.commit ? ` (${facility.commit.slice(0, 8)})` : ""}`],
      ["Started", clock(facility.startedAt)],
      ["Processor", point ? `${number(point.cpu)} cores` : "–"],
      ["Memory", bytes(runtime.residentBytes)],
      ["Managed heap", bytes(runtime.heapBytes)],
      ["Collector pauses", point ? `${number(point.pausePercent)} %` : "–"],
      ["Threads", `${whole(runtime.threads)}, ${whole(runtime.poolQueue)} work items wait`],
      ["Open files", runtime.openFiles != null ? whole(runtime.openFiles) : null],
    ]),
    phases(facility.phases));
}

function sum(all, of) {
  return all.reduce((total, one) => total + of(one), 0);
}
