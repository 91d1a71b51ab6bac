using System.Buffers.Binary;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Keeps the log of one partition short: asks all replicas how far they have come, tells them the least, and cuts the log there.</summary>
/// <remarks>
/// Source: CubeFS datanode/partition_raft.go StartRaftLoggingSchedule. Only the raft leader asks, and only if every replica has answered
/// does anybody cut: a replica that is down or new keeps the logs of all. Peers are told apart by address and port, not by IP.
/// </remarks>
internal sealed class AppliedIdKeeper : ReportingActor, IWithTimers
{
    /// <summary>CubeFS asks for the first time one second after the start.</summary>
    private static readonly TimeSpan FirstExchange = TimeSpan.FromSeconds(1);

    /// <summary>Source: CubeFS proto/packet.go, read of an applied id.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private sealed record Exchange;

    private sealed record Exchanged(ulong? Least);

    private sealed record Truncate;

    private sealed record Saved(ulong? UpTo);

    private readonly PartitionRaft _raft;
    private readonly PeerQuestion _peers;
    private readonly string _address;
    private readonly TimeSpan _period;
    private readonly CancellationTokenSource _cancel = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public AppliedIdKeeper(PartitionRaft raft, PeerQuestion peers, string address, RaftGroupSettings settings, Runtime.IWorkQueue disk)
    {
        (_raft, _peers, _address, _period) = (raft, peers, address, settings.ExchangePeriod);
        Receive<Exchange>(_ => BeginExchange());
        Receive<Exchanged>(_ => Timers.StartSingleTimer(nameof(Exchange), new Exchange(), _period));
        Receive<Truncate>(_ => disk.RunAsync(SaveForTruncation, Runtime.IoClass.Repair).PipeTo(Self));
        Receive<Saved>(saved =>
        {
            if (saved.UpTo is { } upTo) _raft.Port.TryRun(group => group.Compact(upTo));
            Timers.StartSingleTimer(nameof(Truncate), new Truncate(), _period);
        });
        Receive<Status.Failure>(failure =>
        {
            Log.PartitionNote(_log, _raft.Port.Partition, $"its raft log could not be shortened: {failure.Cause.Message}");
            Timers.StartSingleTimer(nameof(Truncate), new Truncate(), _period);
        });
        Timers.StartSingleTimer(nameof(Exchange), new Exchange(), FirstExchange);
        Timers.StartSingleTimer(nameof(Truncate), new Truncate(), settings.TruncateDelay);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override ActorState Describe() => Say("applied ids", "waiting", ("asks every", _period), ("log begins behind", _raft.Port.Status.Truncated.Index));

    public static Props PropsFor(PartitionRaft raft, PeerQuestion peers, string address, RaftGroupSettings settings, Runtime.IWorkQueue disk) =>
        ActorMaker.PropsBy(() => new AppliedIdKeeper(raft, peers, address, settings, disk));

    /// <summary>A question that is out ends with its connection.</summary>
    protected override void PostStop()
    {
        _cancel.Cancel();
        _cancel.Dispose();
    }

    private void BeginExchange()
    {
        if (!_raft.Port.Leads || _raft.Machine.Applied == 0)
        {
            Timers.StartSingleTimer(nameof(Exchange), new Exchange(), _period);
            return;
        }

        ExchangeAsync(_raft, _peers, _address, _cancel.Token).PipeTo(Self, success: least => new Exchanged(least), failure: _ => new Exchanged(null));
    }

    private static async Task<ulong?> ExchangeAsync(PartitionRaft raft, PeerQuestion peers, string self, CancellationToken cancel)
    {
        var partition = raft.Port.Partition;
        var least = raft.Machine.DurableApplied;
        var others = raft.Machine.Record.Meta.Hosts.Where(host => host != self).ToList();
        foreach (var host in others)
        {
            if (await peers.AskAsync(host, Opcode.GetAppliedId, partition, [], AnswerBytes.OneNumber, AnswerLimit, cancel).ConfigureAwait(false) is not { } answer) return null;
            least = Math.Min(least, BinaryPrimitives.ReadUInt64BigEndian(answer));
        }

        if (cancel.IsCancellationRequested) return null;
        raft.Machine.LearnLeastApplied(least);
        var body = new byte[NumberBody.OneBytes];
        BinaryPrimitives.WriteUInt64BigEndian(body, least);
        foreach (var host in others)
            if (await peers.AskAsync(host, Opcode.BroadcastMinAppliedId, partition, body, AnswerBytes.None, AnswerLimit, cancel).ConfigureAwait(false) is null) break; // as CubeFS: the rest hears it next time
        return least;
    }

    private Saved SaveForTruncation()
    {
        var machine = _raft.Machine;
        var meta = machine.Record.Meta;
        if (machine.LeastApplied <= meta.LastTruncateId) return new Saved(null);
        machine.Save();
        var upTo = Math.Min(machine.LeastApplied, machine.DurableApplied);
        machine.Record.Change(now => now with { LastTruncateId = upTo, ApplyId = machine.DurableApplied });
        return new Saved(upTo);
    }
}
