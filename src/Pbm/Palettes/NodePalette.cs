using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>node</c>: the node as a whole.</summary>
internal static class NodePalette
{
    private static readonly TimeSpan DrainLookPeriod = TimeSpan.FromSeconds(1);

    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "node", "The node as a whole: how far it is, how it is configured, its version, memory and threads, and its drain.");
        AddPhase(palette);
        var filter = new Argument<string?>("part of a key") { Description = "Only keys that contain it.", Arity = ArgumentArity.ZeroOrOne };
        var changed = new Option<bool>("--changed") { Description = "Only what stands in a file, not what is a default." };
        palette.Add(
            "config", "The settings that are in force, each with the file it comes from. Of secrets only that there is one.", ["node config", "node config raft --changed"], PbmJson.Default.ConfigShape,
            async (parsed, node, stop) => Filter(
                await node.AskAsync(NodeRequest.Get("/cubeactors/config"), PbmJson.Default.ConfigShape, stop), parsed.GetValue(filter) ?? "", parsed.GetValue(changed)),
            (config, report, _) => report.Table(["key", "value~", "source"], config.Settings.Select(IReadOnlyList<string> (setting) => [setting.Key, setting.Value, setting.Source]), "no such setting"), judge: null,
            filter, changed);
        AddVersion(palette);
        palette.Add(
            "gc", "Memory, garbage collector and threads of the process, in place of a profile: is it short of memory, does it stand still, is the pool behind.", ["node gc", "node gc --watch 1"],
            PbmJson.Default.RuntimeShape, _ => NodeRequest.Get("/cubeactors/runtime"), ShowRuntime);
        AddDrain(palette);
        ProfileCommands.AddTo(palette);
        return palette.Command;
    }

    private static void AddPhase(Palette palette)
    {
        var ready = new Option<bool>("--ready") { Description = "Exit code 1 unless the node is ready." };
        palette.Add(
            "phase", "How far the node is, since when, what it waits for, and what it has.", ["node phase", "node phase --ready && echo serves"], PbmJson.Default.NodeShape,
            (_, node, stop) => node.AskAsync(NodeRequest.Get("/cubeactors/node"), PbmJson.Default.NodeShape, stop),
            static (node, report, _) =>
            {
                report.Facts(
                    ("phase", node.Phase), ("address", node.Address), ("node id", node.NodeId == 0 ? "not registered" : Palette.Text(node.NodeId)), ("cluster", node.Cluster), ("zone", node.Zone),
                    ("up", Human.Seconds(node.UptimeSeconds)), ("waits for", string.Join("; ", node.NotReady)), ("loading left", Human.Seconds(node.LeftSeconds)),
                    ("disks", Human.Number<int>(node.Disks)), ("partitions", string.Join(", ", node.Partitions.Select(state => $"{state.Value} {state.Key}"))), ("groups led", Human.Number<int>(node.GroupsLed)),
                    ("connections", Human.Number(node.Connections)), ("parked requests", node.Parked > 0 ? Human.Number(node.Parked) : null),
                    ("reply mismatches", node.ReplyMismatches > 0 ? $"{node.ReplyMismatches}: look at operation alerts" : null));
                report.Heading("Phases");
                report.Table(["phase", "since", "took>"], node.Phases.Select(IReadOnlyList<string> (phase) => [phase.Name, phase.At, phase.Over ? Human.Seconds(phase.Seconds) : $"{Human.Seconds(phase.Seconds)} so far"]), "none yet");
            },
            (node, parsed) => parsed.GetValue(ready) && node.Phase != "Ready" ? $"the node is {node.Phase}{(node.NotReady.Count > 0 ? ": " + string.Join("; ", node.NotReady) : "")}" : null, ready);
    }

    private static void AddVersion(Palette palette) => palette.Add(
        "version", "The version of the node and of this pbm, with commit and runtime.", ["node version", "node version --json"], PbmJson.Default.VersionShape,
        async (_, node, stop) =>
        {
            var facts = await node.AskAsync(NodeRequest.Get("/cubeactors/node"), PbmJson.Default.NodeShape, stop);
            return new VersionShape(facts.Version, facts.Commit, facts.Runtime, facts.Os, facts.Architecture, ProgramVersion.Current);
        },
        static (version, report, _) => report.Facts(
            ("node", version.Version), ("commit", version.Commit), ("runtime", version.Runtime), ("system", $"{version.Os} {version.Architecture}"), ("pbm", version.Pbm)), judge: null);

    private static void AddDrain(Palette palette)
    {
        var action = new Argument<string>("action") { Description = "status, start or cancel.", DefaultValueFactory = _ => "status" };
        action.AcceptOnlyFromAmong("status", "start", "cancel");
        var wait = new Option<bool>("--wait") { Description = "With start: return when nothing more is expected to be handed over; exit code 1 if groups are still led here." };
        palette.Add(
            "drain", "Gives away the raft groups that the node leads without ending it, for maintenance; shows how far that is; takes it back. The node takes this order from its own machine, or with a token.",
            ["node drain", "node drain start --wait", "node drain cancel"], PbmJson.Default.DrainShape,
            async (parsed, node, stop) =>
            {
                var method = parsed.GetValue(action) switch { "start" => HttpMethod.Post, "cancel" => HttpMethod.Delete, _ => HttpMethod.Get };
                var drain = await node.AskAsync(new NodeRequest(method, "/cubeactors/drain"), PbmJson.Default.DrainShape, stop);
                while (method == HttpMethod.Post && parsed.GetValue(wait) && drain.State is "idle" or "draining") // idle: the order is on its way
                {
                    await Task.Delay(DrainLookPeriod, palette.Context.Time, stop);
                    drain = await node.AskAsync(NodeRequest.Get("/cubeactors/drain"), PbmJson.Default.DrainShape, stop);
                }

                return drain;
            },
            static (drain, report, _) =>
            {
                report.Facts(
                    ("state", drain.State), ("since", Human.Time(drain.Since)), ("handed over", Human.Number<int>(drain.GroupsHandedOver)), ("still led here", Human.Number<int>(drain.GroupsStillLed)),
                    ("time left", drain.SecondsLeft > 0 ? Human.Seconds(drain.SecondsLeft) : null), ("connections", Human.Number<int>(drain.Connections)), ("in flight", Human.Number<int>(drain.InFlight)));
                if (drain.Groups.Count == 0) return;
                report.Heading("Groups");
                report.Table(
                    ["partition>", "step", "to", "why~"], drain.Groups.OrderBy(group => group.Step == "HandedOver").ThenBy(group => group.Partition)
                        .Select(IReadOnlyList<string> (group) => [Palette.Text(group.Partition), group.Step, group.To, group.Why]), "");
            },
            (drain, parsed) => parsed.GetValue(wait) && parsed.GetValue(action) == "start" && drain.GroupsStillLed > 0 ? $"{drain.GroupsStillLed} groups are still led here" : null, action, wait);
    }

    private static ConfigShape Filter(ConfigShape config, string part, bool isChanged) => new(
        [.. config.Settings.Where(setting => setting.Key.Contains(part, StringComparison.OrdinalIgnoreCase) && (!isChanged || setting.Source != "default"))]);

    private static void ShowRuntime(RuntimeShape runtime, Report report, ParseResult parsed)
    {
        report.Facts(
            ("memory of the process", Human.Bytes(runtime.ResidentBytes)), ("heap", Human.Bytes(runtime.HeapBytes)), ("heap, taken from the system", Human.Bytes(runtime.CommittedBytes)),
            ("holes in the heap", Human.Bytes(runtime.FragmentedBytes)), ("may use", Human.Bytes(runtime.LimitBytes)), ("allocated so far", Human.Bytes(runtime.AllocatedBytes)), ("collector", runtime.Mode),
            ("stood still for it", string.Create(CultureInfo.InvariantCulture, $"{Human.Seconds(runtime.PauseSeconds)} in all, {runtime.PausePercent:0.##} % of the time")),
            ("pinned objects", Human.Number<long>(runtime.PinnedObjects)), ("processor time", Human.Seconds(runtime.CpuSeconds)), ("threads", Human.Number<int>(runtime.Threads)),
            ("threads of the pool", Human.Number<int>(runtime.PoolThreads)), ("work that waits for the pool", Human.Number<long>(runtime.PoolQueue)),
            ("locks that were waited for", Human.Number<long>(runtime.LockContentions)), ("open files", Human.Number(runtime.OpenFiles)));
        report.Heading("Heaps after their last collection");
        report.Table(
            ["heap", "collections>", "size>"],
            runtime.Generations.Select(IReadOnlyList<string> (heap) => [heap.Name, Human.Number(heap.Collections), Human.Bytes(heap.Bytes)]), "nothing was collected yet");
    }
}
