using System.Net;
using System.Text.Json;
using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node;

/// <summary>Asks all members of the cluster for whoever watches it. A round is over when the last has answered or its time is up.</summary>
/// <param name="client">Null where nobody can be asked: then only what this node knows by itself is shown.</param>
/// <param name="port">Of the operators, on every member: all nodes of a cluster have the same, as cfs-cli assumes too.</param>
internal sealed class ClusterSource(OperatorDesk desk, MemberClient? client, int port) : IEventSource
{
    /// <summary>Members that are asked in one round; a page that shows more helps nobody.</summary>
    public const int MembersMax = 256;

    /// <summary>Members that are asked at a time.</summary>
    public const int AtOnceMax = 16;

    private readonly Dictionary<string, DateTimeOffset> _silentSince = new(StringComparer.Ordinal); // of the last round; rounds do not overlap

    public ReadOnlyMemory<byte>? Greeting() => null;

    public async Task<ReadOnlyMemory<byte>> SampleAsync(CancellationToken cancel) =>
        EventFrame.Of("cluster", JsonSerializer.SerializeToUtf8Bytes(await LookAsync(cancel), DashboardJson.Default.ClusterEvent));

    internal async Task<ClusterEvent> LookAsync(CancellationToken cancel)
    {
        var (status, surface) = (desk.Status(), desk.Surface());
        var listed = surface?.Inspection?.Nodes() ?? new Dictionary<string, NodeId>();
        var heard = (surface?.Inspection?.Members() ?? []).DistinctBy(member => member.Address).ToDictionary(member => member.Address, StringComparer.Ordinal);
        var others = listed.Select(node => (Address: node.Key, Id: node.Value.Value)).Concat(heard.Values.Select(member => (member.Address, Id: member.Id.Value)))
            .DistinctBy(member => member.Address).Where(member => member.Address != status.Address).OrderBy(member => member.Address, StringComparer.Ordinal).ToList();
        using var places = new SemaphoreSlim(AtOnceMax);
        var answers = await Task.WhenAll(others.Take(MembersMax).Select(member => AskAsync(member.Address, member.Id, heard.GetValueOrDefault(member.Address), places, cancel)));
        var now = desk.Time.GetUtcNow();
        var self = Self(status, surface);
        return new ClusterEvent(
            now.ToUnixTimeMilliseconds(), surface?.Figures().Cluster is { Length: > 0 } cluster ? cluster : null, status.Address, listed.Count > 0, Math.Max(0, others.Count - MembersMax),
            [.. WithSilence(answers, now).Append(self).OrderBy(member => member.Id == 0).ThenBy(member => member.Id).ThenBy(member => member.Address, StringComparer.Ordinal)]);
    }

    private async Task<ClusterNode> AskAsync(string address, ulong id, ClusterMember? heard, SemaphoreSlim places, CancellationToken cancel)
    {
        var raft = heard is null ? null : MemberFacts.Of(heard);
        if (client is null) return new ClusterNode(id, address, false, null, "Unknown", nameof(MemberState.Unreachable), "This node asks no others.", null, null, null, null, raft);
        if (!IPEndPoint.TryParse(address, out var data)) return new ClusterNode(id, address, false, null, "Unknown", nameof(MemberState.Strange), "The masters list no address that can be asked.", null, null, null, null, raft);
        await places.WaitAsync(cancel);
        try
        {
            var (place, began) = (new IPEndPoint(data.Address, port), desk.Time.GetTimestamp());
            var reply = await client.AskAsync(place, cancel);
            var milliseconds = reply.State == MemberState.Answers ? Math.Round(desk.Time.GetElapsedTime(began).TotalMilliseconds, 1) : (double?)null;
            return new ClusterNode(
                id, address, false, reply.Node is not null || reply.State == MemberState.Refuses ? $"http://{place}{PagePaths.Page}" : null,
                reply.Node is not null ? "CubeActors" : reply.State == MemberState.Answers ? "CubeFS" : "Unknown", reply.State.ToString(), reply.Problem, null, milliseconds, reply.Node, reply.Disks, raft);
        }
        finally
        {
            places.Release();
        }
    }

    private IEnumerable<ClusterNode> WithSilence(ClusterNode[] answers, DateTimeOffset now)
    {
        var silent = answers.Where(member => member.State == nameof(MemberState.Unreachable)).ToDictionary(member => member.Address, member => _silentSince.GetValueOrDefault(member.Address, now), StringComparer.Ordinal);
        _silentSince.Clear();
        foreach (var (address, since) in silent) _silentSince[address] = since;
        return answers.Select(member => silent.TryGetValue(member.Address, out var since) ? member with { Since = since } : member);
    }

    private ClusterNode Self(NodeStatus status, NodeSurface? surface)
    {
        var facts = NodeFacts.Of(desk with { Status = () => status, Surface = () => surface });
        var disks = DiskReplies.List(status, desk.Zone).Disks;
        return new ClusterNode(
            status.NodeId, status.Address, true, null, "CubeActors", nameof(MemberState.Answers), null, null, null,
            new MemberNode(
                facts.Phase, facts.Version, facts.Cluster, facts.UptimeSeconds, [.. facts.NotReady.Take(3)], facts.Partitions.ToDictionary(state => state.Key, state => (long)state.Value), facts.GroupsLed,
                facts.LeftSeconds),
            new MemberDisks(disks.Count, disks.Count(disk => disk.Status <= 0), disks.Sum(disk => (double)disk.Total), disks.Sum(disk => (double)disk.Used), disks.Sum(disk => disk.Partitions)), null);
    }
}
