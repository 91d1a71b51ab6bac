using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Work;

namespace CubeActors.Actors.Tests;

/// <summary>An applier over a simulated replica and its log; what it tells the group is written down. Its disk runs when the test says so.</summary>
/// <remarks>At the end all buffers are back and every command has ended exactly once.</remarks>
public abstract class ApplierTest : IDisposable
{
    private readonly RaftLogStaging _staging = new();
    private readonly List<TestProposal> _proposals = [];
    private ulong _last;

    private protected ApplierTest()
    {
        Disk = new ManualDiskThreads(Loop);
        Replica.Files.MakeDirectories(Replica.Directory + "/wal_21");
        Log = RaftLog.Open(Replica.Files, Replica.Directory + "/wal_21", new RaftLogSettings(TimeProvider.System), 0, _staging);
        Extent = Replica.NewExtent(new byte[1000]);
        Owner = new RecordingOwner(Loop);
        Applier = new Applier(Replica.Machine, Log, Usage, Disk, Buffers, Owner);
    }

    private protected WorkLoop Loop { get; } = new();
    private protected TestReplica Replica { get; } = new();
    private protected ManualDiskThreads Disk { get; }
    private protected RaftLog Log { get; }
    private protected StoreUsage Usage { get; } = new();
    private protected BufferPool Buffers { get; } = new(4 << 20);
    private protected RecordingOwner Owner { get; }
    private protected Applier Applier { get; }
    private protected ExtentId Extent { get; }

    /// <summary>Index of the last entry made.</summary>
    private protected ulong Last => _last;

    public virtual void Dispose()
    {
        Disk.Resume();
        var stopped = Applier.StopAsync();
        Loop.RunUntilIdle();
        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.Equal((0L, 0L), (Buffers.Outstanding, Applier.HeldBytes));
        Assert.All(_proposals, proposal => Assert.Single(proposal.Outcomes));
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>An overwrite that is here with its data: byte n of the extent becomes n.</summary>
    private protected TestProposal? AddOverwrite(bool proposed = false)
    {
        var index = ++_last;
        var command = TestReplica.Overwrite(Extent, (long)index, [(byte)index]);
        Write(RaftEntryType.Normal, index, command);
        return AddHere(RaftEntryType.Normal, index, command, proposed);
    }

    private protected void AddEmpty()
    {
        var index = ++_last;
        Write(RaftEntryType.Normal, index, []);
        Applier.Add(new ApplyItem(index, index, new RaftPayload(new RaftEntryHeader(RaftEntryType.Normal, 1, index, 0), null, 0), IsHere: true, null));
    }

    private protected void AddMembership(MembershipAction action, ulong member, byte[] context)
    {
        var index = ++_last;
        var data = new byte[MembershipChange.Bytes + context.Length];
        new MembershipChange(action, new NodeId(member)).Write(data);
        context.CopyTo(data, MembershipChange.Bytes);
        Write(RaftEntryType.Membership, index, data);
        AddHere(RaftEntryType.Membership, index, data, proposed: false);
    }

    /// <summary>So many overwrites that lie in the log only, as one range.</summary>
    private protected void AddRange(int count)
    {
        var first = _last + 1;
        for (var i = 0; i < count; i++)
        {
            _last++;
            Write(RaftEntryType.Normal, _last, TestReplica.Overwrite(Extent, (long)_last, [(byte)_last]));
        }

        Applier.Add(new ApplyItem(first, _last, default, IsHere: false, null));
    }

    /// <summary>Writes an entry into the log.</summary>
    private protected void Write(RaftEntryType type, ulong index, byte[] data)
    {
        _last = Math.Max(_last, index);
        Log.Append([new RaftLogEntry(new RaftEntryHeader(type, 1, index, data.Length), data)], _staging);
    }

    private protected TestProposal? AddHere(RaftEntryType type, ulong index, byte[] data, bool proposed)
    {
        Assert.True(Buffers.TryRent(data.Length, out var lease));
        data.CopyTo(lease.Data);
        TestProposal? proposal = null;
        if (proposed) _proposals.Add(proposal = new TestProposal());
        Applier.Add(new ApplyItem(index, index, new RaftPayload(new RaftEntryHeader(type, 1, index, data.Length), lease, BufferLease.HeadroomBytes), IsHere: true, proposal));
        return proposal;
    }

    /// <summary>Starts a turn and runs all that follows.</summary>
    private protected void Run()
    {
        Applier.Start();
        Loop.RunUntilIdle();
    }

    /// <summary>The bytes 1..n of the extent, as entries 1..n leave them.</summary>
    private protected byte[] Applied(int upTo) => Replica.Read(Extent, 1, upTo);

    private protected static byte[] Numbers(int upTo) => [.. Enumerable.Range(1, upTo).Select(number => (byte)number)];
}

/// <summary>A command whose end is kept.</summary>
internal class TestProposal(BufferLease? lease = null, int bytes = 0) : IProposal
{
    private readonly List<ProposalOutcome> _outcomes = [];

    public IReadOnlyList<ProposalOutcome> Outcomes { get { lock (_outcomes) return [.. _outcomes]; } }

    public BufferLease Lease => lease ?? throw new InvalidOperationException("this command has no data");
    public int CommandStart => BufferLease.HeadroomBytes;
    public int CommandBytes => bytes;

    public virtual void ProposalEnded(ProposalOutcome outcome)
    {
        lock (_outcomes) _outcomes.Add(outcome);
    }
}

/// <summary>Writes down what an applier says.</summary>
internal sealed class RecordingOwner(WorkLoop loop) : IApplierOwner
{
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];

    /// <summary>Everything, in order.</summary>
    public IReadOnlyList<string> Events { get { lock (_lock) return [.. _events]; } }

    public ulong LastApplied { get; private set; }
    public Exception? Failure { get; private set; }
    public PartitionMeta? Meta { get; private set; }

    /// <summary>Called when a change of the members has its turn.</summary>
    public Action? Membership { get; set; }

    public void AppliedTo(ulong index)
    {
        Assert.True(index > LastApplied, "applied ids rise");
        LastApplied = index;
        Note($"applied {index}");
    }

    public void CommandEnded(IProposal proposal, ProposalOutcome outcome)
    {
        proposal.ProposalEnded(outcome);
        lock (_lock) _events.Add($"ended {outcome}");
    }

    public void MembershipReached(ulong index, MembershipChange change)
    {
        Note($"membership {index} {change.Action} {change.Member}");
        if (Membership is { } answer) loop.Post(answer);
    }

    public void MetaChanged(PartitionMeta meta) => Meta = meta;

    public void Note(string sentence)
    {
        lock (_lock) _events.Add(sentence);
    }

    public void ApplyFailed(Exception cause)
    {
        Failure = cause;
        Note("failed");
    }
}
