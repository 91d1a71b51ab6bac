using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Looks at a copy, one after the other, with a source that the test plays and a disk that may die at any moment.</summary>
public sealed class RebuildRoundTests : IDisposable
{
    private const string Source = "127.0.0.1:17310", Self = "127.0.0.2:17310", Third = "127.0.0.3:17310";
    private static readonly byte[] Content = Requests.Noise(70_000, 3);

    private readonly VirtualTime _time = new();
    private readonly TestReplica _replica;
    private readonly SimulatedNetwork _network;
    private readonly CopySource _source;
    private readonly Events _events = new();
    private RebuildSizes _sizes = RebuildSizes.Unknown;
    private string _self = Self;

    public RebuildRoundTests()
    {
        _replica = new TestReplica(_time);
        _network = new SimulatedNetwork(_time);
        _source = new CopySource(_network, Source);
        _replica.Record.Change(meta => meta with { IsBeingRebuilt = true, IsRepairing = true });
    }

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task A_copy_is_counted_compared_synced_and_then_META_says_up_to_where_it_holds_the_log()
    {
        Holds(1025, Content.Length, 1026, 5000, 2, 4096);
        Assert.Equal((RebuildStep.Goes, ""), await LookAsync());
        Assert.Equal((7UL, 0UL, true), (Meta.CopyBasis, Meta.CopiedUpTo, Meta.IsBeingRebuilt));

        _source.Applied = 99; // what it applies from now on may or may not be in the copy
        Copy(1025, Content);
        Assert.Equal((RebuildStep.Goes, ""), await LookAsync());
        Assert.InRange(_sizes.Share, 0.88, 0.89);
        Copy(1026, Content[..5000]);
        Copy(2, Content[..4096]);
        Assert.Equal((RebuildStep.Complete, ""), await LookAsync());

        Assert.Equal((7UL, 0UL, false, true), (Meta.CopiedUpTo, Meta.CopyBasis, Meta.IsBeingRebuilt, Meta.IsRepairing));
        Assert.Equal(RebuildSizes.SizeReached, _sizes.Share);
        _replica.Files.PowerCut();
        _replica.Reopen();
        Assert.Equal(Content, _replica.Read(new ExtentId(1025), 0, Content.Length));
        Assert.Equal(Content[..4096], _replica.Read(new ExtentId(2), 0, 4096));
        Assert.Equal(0, _source.SharedConnections);
        Assert.Empty(_events.Texts);
    }

    [Fact]
    public async Task Ids_that_were_given_out_before_the_copy_are_never_given_out_by_it_though_their_extents_are_gone()
    {
        Holds(1025, 1000);
        _source.Tamper = question =>
        {
            if (question.Opcode != Opcode.GetMaxExtentIdAndPartitionSize) return null;
            var body = new byte[NumberBody.TwoBytes];
            NumberBody.WriteTwo(body, 1077, 1000);
            return CopySource.Answer(question, body);
        };
        await LookAsync();
        _replica.Files.PowerCut();
        _replica.Reopen();
        Assert.Equal(StorageError.None, _replica.Store.AllocateExtentId(out var id));
        Assert.InRange(id.Value, 1078ul, 1077ul + 64);
    }

    [Fact]
    public async Task The_basis_is_asked_for_once_before_the_first_byte_and_survives_a_power_cut()
    {
        Holds(1025, 1000);
        await LookAsync();
        _source.Applied = 50;
        await LookAsync();
        _replica.Files.PowerCut();
        Assert.Equal(7UL, _replica.MetaOnDisk.CopyBasis);
        Assert.Equal(1, _source.Questions.Count(question => question == Opcode.GetAppliedId));
        Assert.Equal(1, _source.Questions.Count(question => question == Opcode.GetMaxExtentIdAndPartitionSize));
        Assert.Equal(2, _source.Questions.Count(question => question == Opcode.GetPartitionSize));
    }

    [Fact]
    public async Task A_source_that_has_applied_nothing_yet_is_asked_again()
    {
        _source.Applied = 0;
        Assert.Equal((RebuildStep.Goes, $"{Source} has applied the raft log up to 0 only"), await LookAsync());
        Assert.Equal([Opcode.GetAppliedId], _source.Questions);
        _source.Applied = 3;
        await LookAsync();
        Assert.Equal(3UL, Meta.CopiedUpTo); // there is nothing to copy
    }

    [Fact]
    public async Task A_replica_that_has_applied_more_than_the_source_waits_for_it()
    {
        _replica.Machine.CountInstalled(20);
        Assert.Equal((RebuildStep.Goes, $"{Source} has applied the raft log up to 7 only"), await LookAsync());
    }

    [Fact]
    public async Task Of_a_copy_that_a_Go_node_began_and_joined_with_nothing_is_claimed()
    {
        Holds(1025, 1000);
        Copy(1025, Content[..1000]);
        Assert.Equal((RebuildStep.Complete, ""), await LookAsync());
        Assert.Equal((0UL, false), (Meta.CopiedUpTo, Meta.IsBeingRebuilt));
        Assert.DoesNotContain(Opcode.GetAppliedId, _source.Questions);
    }

    [Fact]
    public async Task An_empty_partition_is_complete_at_once()
    {
        Assert.Equal((RebuildStep.Complete, ""), await LookAsync());
        Assert.Equal((7UL, false), (Meta.CopiedUpTo, Meta.IsBeingRebuilt));
    }

    [Fact]
    public async Task As_many_bytes_in_other_extents_are_no_copy()
    {
        Holds(1025, 5000);
        await LookAsync();
        Copy(1030, Content[..5000]);
        _sizes = _sizes.WithTotals(1030, 5000);
        Assert.Equal((RebuildStep.Goes, "extent 1025 has 0 of 5000 bytes"), await LookAsync());
        Assert.Equal(RebuildSizes.SizeReached, _sizes.Share);
        Assert.True(Meta.IsBeingRebuilt);
    }

    [Fact]
    public async Task What_the_source_leaves_out_of_its_list_is_waited_for()
    {
        Holds(1025, 5000, 1026, 5000);
        _source.Unlisted[1026] = true;
        await LookAsync();
        Copy(1025, Content[..5000]);
        Copy(1030, Content[..5000]); // deleted there since
        _sizes = _sizes.WithTotals(1030, 10000);
        var (step, why) = await LookAsync();
        Assert.Equal(RebuildStep.Goes, step);
        Assert.Contains("lists 5000 of its 10000 bytes", why);
        _source.Unlisted.Clear();
        Assert.Equal((RebuildStep.Goes, "extent 1026 has 0 of 5000 bytes"), await LookAsync());
    }

    [Fact]
    public async Task An_extent_that_was_deleted_here_does_not_keep_the_copy_from_its_end()
    {
        Holds(1025, 5000, 1026, 5000);
        await LookAsync();
        Copy(1025, Content[..5000]);
        Copy(1026, Content[..5000]);
        Assert.Equal(StorageError.None, _replica.Store.Delete(new ExtentId(1026)));
        var looks = 0;
        while ((await LookAsync()).Step != RebuildStep.Complete) Assert.True(++looks <= RebuildSizes.StillRoundsMax);
        Assert.Equal(7UL, Meta.CopiedUpTo);
    }

    [Fact]
    public async Task While_it_is_stopped_nobody_is_asked()
    {
        _replica.Record.Change(meta => meta with { StopRecover = true });
        Assert.Equal((RebuildStep.Goes, "it was stopped by order of the master"), await LookAsync());
        Assert.Empty(_source.Questions);
    }

    [Fact]
    public async Task A_stop_that_comes_while_the_extents_are_compared_keeps_the_copy_open()
    {
        Holds(1025, 1000);
        await LookAsync();
        Copy(1025, Content[..1000]);
        _source.Tamper = question =>
        {
            if (question.Opcode == Opcode.GetAllWatermarks) _replica.Record.Change(meta => meta with { StopRecover = true });
            return null;
        };
        Assert.Equal((RebuildStep.Goes, "an order came in between"), await LookAsync());
        Assert.True(Meta.IsBeingRebuilt);
    }

    [Fact]
    public async Task Other_hosts_that_come_while_the_extents_are_compared_are_asked_instead()
    {
        Holds(1025, 1000);
        await LookAsync();
        Copy(1025, Content[..1000]);
        _source.Tamper = question =>
        {
            if (question.Opcode == Opcode.GetAllWatermarks) _replica.Record.Change(meta => meta with { Hosts = [Third, Self] });
            return null;
        };
        Assert.Equal((RebuildStep.Goes, "an order came in between"), await LookAsync());
        using var third = new CopySource(_network, Third);
        third.Extents[1025] = 2000;
        Assert.Equal((RebuildStep.Goes, ""), await LookAsync());
        Assert.Equal((0.9999, 2000L), (_sizes.Share, _sizes.Target)); // it does not fall
        Copy(1025, Content[1000..2000]);
        Assert.Equal((RebuildStep.Complete, ""), await LookAsync());
    }

    [Fact]
    public async Task Only_the_whole_address_says_that_a_host_is_this_node()
    {
        _self = "127.0.0.1:27310"; // beside its source on one machine
        _replica.Record.Change(meta => meta with { Hosts = [Source, _self] });
        Holds(1025, 1000);
        Assert.Equal((RebuildStep.Goes, ""), await LookAsync());
        Assert.NotEmpty(_source.Questions);
    }

    [Fact]
    public async Task One_that_stands_first_itself_is_compared_with_the_next()
    {
        _replica.Record.Change(meta => meta with { Hosts = [Self, Source] });
        Holds(1025, 1000);
        Assert.Contains("it stands first among the hosts itself", (await LookAsync()).Reason);
        Assert.Equal((1000L, true), (_sizes.Target, Meta.IsBeingRebuilt));
    }

    [Fact]
    public async Task Without_another_host_and_without_an_own_address_it_waits()
    {
        _replica.Record.Change(meta => meta with { Hosts = [Self] });
        Assert.Equal((RebuildStep.Goes, "META names no other replica to be filled from"), await LookAsync());
        _self = "";
        Assert.Equal((RebuildStep.Goes, "this node does not know its own address yet"), await LookAsync());
    }

    [Theory]
    [InlineData(Opcode.GetAppliedId)]
    [InlineData(Opcode.GetMaxExtentIdAndPartitionSize)]
    [InlineData(Opcode.GetPartitionSize)]
    [InlineData(Opcode.GetAllWatermarks)]
    public async Task Whatever_is_no_answer_to_the_question_changes_nothing(Opcode opcode)
    {
        var answers = new Func<PacketHeader, byte[]>[]
        {
            _ => [],
            _ => Requests.Noise(57, 4),
            question => CopySource.Answer(question, []),
            question => CopySource.Answer(question, [1, 2, 3]),
            question => CopySource.Answer(question with { RequestId = question.RequestId + 1 }, new byte[16]),
            question => CopySource.Answer(question with { Partition = new PartitionId(22) }, new byte[16]),
            question => CopySource.Answer(question with { Opcode = Opcode.StreamRead }, new byte[16]),
            question => [.. CopySource.Answer(question, new byte[8]), 1],
            question => Requests.Build(question with { Result = ResultCode.TryOtherAddress, Size = 4 }, [], "away"u8.ToArray()),
        };
        foreach (var answer in answers)
        {
            Holds(1025, 1000);
            _replica.Record.Change(meta => meta with { CopyBasis = opcode == Opcode.GetAppliedId ? 0UL : 7 });
            if (opcode == Opcode.GetAllWatermarks && _replica.Store.Find(new ExtentId(1025)) is null) Copy(1025, Content[..1000]);
            _sizes = RebuildSizes.Unknown;
            _source.Tamper = question => question.Opcode == opcode ? answer(question) : null;
            await Assert.ThrowsAsync<RepairFailureException>(LookAsync);
            Assert.True(Meta.IsBeingRebuilt);
            Assert.Equal(0UL, Meta.CopiedUpTo);
        }
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_a_failure_of_this_look_only()
    {
        _network.Refuse(Source);
        var failure = await Assert.ThrowsAsync<RepairFailureException>(LookAsync);
        Assert.Equal(RepairFailureKind.Unreachable, failure.Kind);
        _network.Admit(Source);
        Assert.Equal(RebuildStep.Complete, (await LookAsync()).Step);
    }

    [Fact]
    public async Task A_disk_that_fails_while_the_copy_is_synced_leaves_it_open()
    {
        Holds(1025, 1000);
        await LookAsync();
        Copy(1025, Content[..1000]);
        _replica.Files.Fault = call => call.Operation == DiskOperation.Sync && call.Name == "1025" ? DiskFault.MediaError : null;
        await Assert.ThrowsAsync<DiskFaultException>(LookAsync);
        Assert.True(_replica.MetaOnDisk.IsBeingRebuilt);
    }

    [Fact]
    public async Task What_an_earlier_process_has_copied_is_made_durable_too()
    {
        Holds(1025, Content.Length, 2, 4096);
        await LookAsync();
        Copy(1025, Content);
        Copy(2, Content[..4096]);
        _replica.Files.Kill(); // nothing was synced, and the next process opens none of these files
        _replica.Reopen();
        Assert.Equal((RebuildStep.Complete, ""), await LookAsync());
        _replica.Files.PowerCut();
        _replica.Reopen();
        Assert.Equal(Content, _replica.Read(new ExtentId(1025), 0, Content.Length));
        Assert.Equal(Content[..4096], _replica.Read(new ExtentId(2), 0, 4096));
    }

    /// <summary>From the first look to the last: whatever the moment, the next process either goes on or finds the copy whole, and META never claims more.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_change_of_the_disk_a_copy_goes_on_and_ends_whole(bool powerCut)
    {
        for (var at = 1; ; at++)
        {
            using var test = new RebuildRoundTests();
            if (await test.KillAsync(at, powerCut)) continue;
            Assert.InRange(at, 20, 200); // it came to its end before
            return;
        }
    }

    private async Task<bool> KillAsync(int at, bool powerCut)
    {
        Holds(1025, 20_000, 1026, 0, 2, 4096);
        _replica.Files.CrashAt = _replica.Files.Changes + at;
        _replica.Files.CrashTearsWrites = powerCut;
        try
        {
            await FillAsync();
            return false;
        }
        catch (SimulatedCrashException)
        {
            if (powerCut) _replica.Files.PowerCut();
            else _replica.Files.Kill();
        }

        var meta = _replica.MetaOnDisk;
        if (meta.IsBeingRebuilt)
        {
            UnfinishedCopy.DropIfVoid(_replica.Files, _replica.Directory, meta, mayHaveLost: powerCut);
            _replica.Reopen();
            if (powerCut) Assert.Equal(0, _replica.Store.Totals().LogicalBytes);
            _source.Applied = 12;
            _sizes = RebuildSizes.Unknown;
            await FillAsync();
        }
        else
        {
            _replica.Reopen();
        }

        meta = _replica.MetaOnDisk;
        Assert.Equal((false, 0UL), (meta.IsBeingRebuilt, meta.CopyBasis));
        Assert.Contains(meta.CopiedUpTo, new ulong[] { 7, 12 });
        _replica.Files.PowerCut();
        _replica.Reopen();
        Assert.Equal(Content[..20_000], _replica.Read(new ExtentId(1025), 0, 20_000));
        Assert.Equal(Content[..4096], _replica.Read(new ExtentId(2), 0, 4096));
        Assert.NotNull(_replica.Store.Find(new ExtentId(1026)));
        return true;
    }

    /// <summary>Looks and copies in turns until the copy is complete.</summary>
    private async Task FillAsync()
    {
        for (var looks = 0; (await LookAsync()).Step != RebuildStep.Complete; looks++)
        {
            Assert.True(looks < 10);
            Assert.True(Meta.CopyBasis > 0);
            foreach (var (id, size) in _source.Extents)
            {
                var here = _replica.Store.Find(new ExtentId(id))?.Size ?? 0;
                Copy(id, Content[(int)here..(int)size]);
            }
        }
    }

    private PartitionMeta Meta => _replica.Record.Meta;

    private void Holds(params long[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2) _source.Extents[(ulong)pairs[i]] = pairs[i + 1];
    }

    /// <summary>What a repair task does, without a source.</summary>
    private void Copy(ulong extent, byte[] more)
    {
        var (store, id) = (_replica.Store, new ExtentId(extent));
        if (store.Find(id) is null) Assert.Equal(StorageError.None, store.CreateExtent(id));
        if (more.Length > 0) Assert.Equal(StorageError.None, store.Append(id, store.Find(id)!.Value.Size, more, Crc32.Compute(more), sync: false, out _));
    }

    private async Task<(RebuildStep Step, string Reason)> LookAsync()
    {
        var threads = new InlineThreads();
        var gate = new PartitionGate(
            TestReplica.Partition, "vol", Meta.Hosts, _replica.Store, threads, GateFlags.Open, new StoreUsage(), ActorRefs.Nobody, _replica.Machine, raft: null);
        var services = new RepairServices(
            _network, new BufferPool(1 << 20), _time, new NodeLimits(DiskQosSettings.Default, [], _time, new NodeGate()), DiskLimits.None, new RepairSettings(), new Random(1), _events);
        var site = new RebuildSite(new RepairSite(gate, services), _replica.Machine, _replica.Files, () => _self);
        var outcome = await new RebuildRound(site, CancellationToken.None).RunAsync(_sizes);
        _sizes = outcome.Sizes;
        return (outcome.Step, outcome.Reason);
    }

    /// <summary>A disk whose work is done by whoever asks for it.</summary>
    private sealed class InlineThreads : IWorkQueue
    {
        public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
        {
            item.Execute();
            return true;
        }
    }

    private sealed class Events : IDataPathEvents
    {
        public List<string> Texts { get; } = [];

        public void Malformed(Caller caller, string what) => Texts.Add(what);

        public void Refused(string remote, string why) => Texts.Add(why);

        public void Stalled(Caller caller, string what) => Texts.Add(what);

        public void ReplyMismatch(ReplyMismatch mismatch) => Texts.Add(mismatch.Received);

        public void DiskFault(PartitionGate gate, DiskFaultException fault) => Texts.Add(fault.Message);

        public void Broken(string where, Exception e) => Texts.Add(e.ToString());
    }
}
