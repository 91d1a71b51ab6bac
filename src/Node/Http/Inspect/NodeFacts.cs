using System.Runtime.InteropServices;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What a node is and how far it is: /cubeactors/node.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Commit">It was built of; absent where the build did not say.</param>
/// <param name="Runtime">As .NET names itself, and whether the program is machine code.</param>
/// <param name="StartedAt">The process.</param>
/// <param name="NodeId">0 until it is registered.</param>
/// <param name="Address">Empty until it is known.</param>
/// <param name="NotReady">Why it is not ready, one sentence each.</param>
/// <param name="Connections">Of clients, peers and masters, smux streams included.</param>
/// <param name="ReplyMismatches">Answers of followers that did not match their request; more than none is an alert.</param>
internal sealed record NodeFacts(
    string Version, string? Commit, string Runtime, string Os, string Architecture, int ProcessId, DateTimeOffset StartedAt, double UptimeSeconds, string Address, ulong NodeId,
    string? Cluster, string Zone, string Phase, IReadOnlyList<string> NotReady, IReadOnlyList<PhaseTime> Phases, double? LeftSeconds, int Disks,
    IReadOnlyDictionary<string, int> Partitions, int GroupsLed, int? Connections, int? Parked, long? ReplyMismatches)
{
    public static NodeFacts Of(OperatorDesk desk)
    {
        var (status, now) = (desk.Status(), desk.Time.GetUtcNow());
        var figures = desk.Surface()?.Figures();
        var (version, commit) = Split(ProgramVersion.Current);
        return new NodeFacts(
            version, commit, MachineCode.Runtime, RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessId,
            desk.Timeline.ProcessStart, Math.Round((now - desk.Timeline.ProcessStart).TotalSeconds, 1), status.Address, status.NodeId, figures?.Cluster is { Length: > 0 } cluster ? cluster : null, desk.Zone,
            status.Phase.ToString(), status.NotReady, StartReplies.Phases(status, desk.Timeline, now), StartReplies.Seconds(StartReplies.Left(status, now)), status.Disks.Count,
            status.Partitions.CountBy(partition => partition.State.ToString()).OrderBy(state => state.Key, StringComparer.Ordinal).ToDictionary(), status.Partitions.Count(partition => partition.IsLeader),
            figures?.ConnectionsOpen, figures?.Parked, figures?.ReplyMismatches);
    }

    /// <summary>The SDK writes the commit behind a plus.</summary>
    internal static (string Version, string? Commit) Split(string informational) =>
        informational.Split('+', 2) is [var version, var commit] ? (version, commit) : (informational, null);
}

/// <summary>The settings that are in force: /cubeactors/config.</summary>
internal sealed record ConfigReply(IReadOnlyList<SettingInForce> Settings);
