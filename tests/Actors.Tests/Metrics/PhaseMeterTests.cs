using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Goal: the phases of requests are timed, and what is traced of a request is what happened to it. Method: real requests to a node.</summary>
public sealed class PhaseMeterTests : OverwriteTest
{
    private readonly Recorder _trace = new();

    private protected override NodeOptions Options => new() { Spans = _trace };

    [Fact]
    public async Task Each_kind_of_request_is_in_its_phases_once()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 5, new byte[4096])));
        Assert.Equal(5, (await Peer.ReadAsync(Partition, Extent, 0, 5)).Length);
        await ExpectServesAsync(); // behind the read on its connection: it is counted by now
        var phases = Node.Surface.Meters.ReadPhases().ToLookup(reading => reading.Name, reading => (reading.Phase, (int)reading.Latency.Count));
        Assert.Equal([(RequestPhase.Receive, 2), (RequestPhase.Queue, 2), (RequestPhase.Disk, 2), (RequestPhase.Reply, 2)], phases["OpWrite"]);
        Assert.Equal([(RequestPhase.Receive, 1), (RequestPhase.Queue, 1), (RequestPhase.Raft, 1), (RequestPhase.Reply, 1)], phases["OpRandomWrite"]);
        Assert.Contains((RequestPhase.Reply, 1), phases["OpStreamFollowerRead"]);
        Assert.Empty(phases["OpCreateDataPartition"]); // a task, which is no business of the data path
    }

    [Fact]
    public async Task Refusals_are_counted_by_operation_and_result_whatever_else_is_measured()
    {
        Node.Surface.Meters.Degrade = -1;
        Assert.Equal(ResultCode.TryOtherAddress, (await Peer.AskAsync(Requests.AppliedId(Partition + 1, 7))).Header.Result);
        Assert.Equal([new RefusalReading("OpGetAppliedId", "TryOtherAddress", 1)], Node.Surface.Meters.ReadRefusals());
    }

    [Fact]
    public async Task A_request_is_traced_with_its_place_its_phases_and_its_outcome()
    {
        await Patience.UntilAsync(() => _trace.Seen.Any(request => request.Key.RequestId == 3));
        var append = _trace.Seen.Single(request => request.Key.RequestId == 3);
        Assert.Equal(new RequestKey(Opcode.Write, new PartitionId(Partition), new ExtentId(Extent), BlockBytes, 3), append.Key);
        Assert.Equal(("OpWrite", ResultCode.Ok, 5u, 0), (append.Name, append.Result, append.Size, append.Followers));
        Assert.Equal([RequestPhase.Receive, RequestPhase.Queue, RequestPhase.Disk, RequestPhase.Reply], append.Phases.Select(phase => phase.Phase));
    }

    [Fact]
    public async Task What_is_not_wanted_is_not_traced()
    {
        var seen = _trace.Seen.Count;
        _trace.WantsAll = false;
        await ExpectServesAsync();
        await ExpectServesAsync();
        Assert.Equal(seen, _trace.Seen.Count);
    }

    private sealed class Recorder : ITraceSink
    {
        public ConcurrentQueue<TracedRequest> Seen { get; } = new();
        public volatile bool WantsAll = true;

        public bool Wants(in RequestKey request, bool isSlow) => WantsAll;

        public void Answered(in TracedRequest request) => Seen.Enqueue(request);

        public void Ended(OperationEntry operation)
        {
        }
    }
}
