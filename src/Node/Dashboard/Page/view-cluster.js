// All members of the cluster, as this node sees them.

import { h } from "./dom.js";
import { bytes, clock, latency, percent, plural, seconds, since, whole, words } from "./format.js";
import { bar, card, parts, pill, table, tone } from "./ui.js";

export function clusterView({ cluster }) {
  if (!cluster) return [h("p", { class: "card empty", key: "wait" }, "Asking all members …")];
  const members = cluster.members;
  const sum = of => members.reduce((total, member) => total + (of(member) ?? 0), 0);
  const states = members.reduce((all, member) => (all[member.state] = (all[member.state] ?? 0) + 1, all), {});
  const [total, used] = [sum(member => member.disks?.totalBytes), sum(member => member.disks?.usedBytes)];
  const silent = members.filter(member => member.state !== "Answers");
  return [
    h("section", { class: "card attention", "aria-live": "polite", key: "attention" }, h("h2", null, "Members that do not answer"),
      silent.length === 0
        ? h("p", { class: "calm" }, h("span", { class: "mark good", "aria-hidden": "true" }, "●"), `All ${plural(members.length, "member")} answer.`)
        : h("ul", null, silent.map(member => h("li", { class: tone(member.state), key: member.address },
          h("div", null, pill(member.state)), h("div", null, h("strong", null, `Node ${member.address}`), h("p", null, member.problem)),
          member.since ? h("time", { datetime: member.since }, `since ${clock(member.since)}`) : h("span", null))))),
    card("Members", { class: "third", key: "states" }, parts("Members", ["Answers", "Refuses", "Strange", "Unreachable"].map(state => ({ name: state, count: states[state] ?? 0, tone: tone(state) })))),
    card("Replicas", { class: "third", key: "replicas" }, parts("Replicas", ["Serving", "Loading", "Closing", "Unavailable"].map(state => ({ name: state, count: sum(member => member.node?.partitions?.[state]), tone: tone(state) })))),
    card("Space", { class: "third", key: "space", aside: `${bytes(used)} of ${bytes(total)}` }, bar(total > 0 ? used / total : null, total > 0 ? percent(used / total) : "unknown")),
    card(cluster.cluster ? `Cluster ${cluster.cluster}` : "Cluster", {
      key: "members",
      aside: cluster.omitted > 0 ? `${plural(members.length, "member")}; ${whole(cluster.omitted)} more were not asked` : cluster.listed ? plural(members.length, "member") : `${plural(members.length, "member")} that share partitions; the masters have not listed all yet`,
    }, table("Members of the cluster", [
      { name: "Member", cell: member => [member.page ? h("a", { class: "name mono", href: member.page }, member.address) : h("span", { class: "name mono" }, member.address), h("span", { class: "sub" }, [member.id > 0 && `node ${member.id}`, member.isSelf && "this one"].filter(Boolean).join(", "))] },
      { name: "State", cell: member => [pill(member.state), member.since && h("span", { class: "sub" }, `for ${since(member.since, cluster.at)}`)] },
      { name: "Program", cell: member => [kind(member), member.node && h("span", { class: "sub" }, member.node.version)] },
      { name: "Phase", cell: member => member.node ? [pill(member.node.phase), member.node.leftSeconds != null && h("span", { class: "sub" }, `about ${seconds(member.node.leftSeconds)} left`)] : "" },
      { name: "Serving", class: "right", cell: member => member.node ? [`${whole(member.node.partitions.Serving ?? 0)}`, h("span", { class: "sub" }, `of ${whole(Object.values(member.node.partitions).reduce((a, b) => a + b, 0))}`)] : member.disks ? [whole(member.disks.partitions), h("span", { class: "sub" }, "partitions")] : "" },
      { name: "Leads", class: "right", cell: member => member.node ? whole(member.node.groupsLed) : "" },
      { name: "Space", class: "wide", cell: member => member.disks ? [bar(member.disks.totalBytes > 0 ? member.disks.usedBytes / member.disks.totalBytes : null, member.disks.totalBytes > 0 ? percent(member.disks.usedBytes / member.disks.totalBytes) : "unknown"), h("span", { class: "sub" }, `${plural(member.disks.count, "disk")}${member.disks.bad > 0 ? `, ${whole(member.disks.bad)} bad` : ""}, ${bytes(member.disks.totalBytes)}`)] : "" },
      { name: "Raft", cell: member => member.raft ? [pill(member.raft.reachability), h("span", { class: "sub" }, `${plural(member.raft.partitions, "partition")} shared`)] : "" },
      { name: "Answered in", cell: member => latency(member.milliseconds) === "–" ? "" : latency(member.milliseconds) },
      { name: "Up", cell: member => member.node?.uptimeSeconds != null ? seconds(member.node.uptimeSeconds) : "" },
    ], members, { key: member => member.address })),
  ];
}

function kind(member) {
  return { CubeActors: "CubeActors", CubeFS: "CubeFS (Go)", Unknown: "unknown" }[member.kind] ?? words(member.kind);
}
