using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Entries that are not in memory any more are read back from the log.</summary>
public sealed class ApplierRangeTests : ApplierTest
{
    [Fact]
    public void A_range_is_read_from_the_log_and_applied_between_its_neighbours()
    {
        AddOverwrite();
        AddRange(5);
        AddOverwrite();

        Run();

        Assert.Equal(Numbers(7), Applied(7));
        Assert.Equal(["applied 7"], Owner.Events);
    }

    [Fact]
    public void A_range_longer_than_one_read_goes_on_where_it_stopped()
    {
        AddRange(200); // 64 entries a read

        Run();

        Assert.Equal(Numbers(200), Applied(200));
        Assert.Equal(200ul, Owner.LastApplied);
    }

    [Fact]
    public void A_range_that_stands_in_the_middle_keeps_what_is_left_of_it()
    {
        var writes = 0;
        Replica.Files.Fault = call => call.Operation == DiskOperation.Write && call.Name == Extent.ToString() && ++writes == 3 ? DiskFault.NoSpace : null;
        AddRange(5);
        Run();
        Assert.Equal((2ul, true), (Owner.LastApplied, Applier.Stands));

        Applier.Retry();
        Loop.RunUntilIdle();

        Assert.Equal(["applied 2", "applied 5"], Owner.Events);
        Assert.Equal(Numbers(5), Applied(5));
        Assert.Equal(6, writes); // each once, and the refused one again
    }

    [Fact]
    public void Without_a_buffer_to_read_into_it_waits_for_one()
    {
        Assert.True(Buffers.TryRent(4 << 20, out var all));
        AddRange(2);
        Run();
        Assert.True(Applier.Stands);

        all.Release();
        Applier.Retry();
        Loop.RunUntilIdle();

        Assert.Equal(2ul, Owner.LastApplied);
    }

    [Fact]
    public void An_entry_that_is_longer_than_the_buffer_is_read_all_the_same()
    {
        var context = new byte[BufferPool.LargeBytes + 1];
        var data = new byte[MembershipChange.Bytes + context.Length];
        new MembershipChange(MembershipAction.Update, new NodeId(3)).Write(data);
        Write(RaftEntryType.Membership, 1, data);
        Write(RaftEntryType.Normal, 2, TestReplica.Overwrite(Extent, 2, [2]));
        Applier.Add(new ApplyItem(1, 2, default, IsHere: false, null));
        Owner.Membership = Applier.MembershipInEffect;

        Run();

        Assert.Equal(["membership 1 Update 3", "applied 2"], Owner.Events);
        Assert.Equal(2, Applied(2)[1]);
    }

    [Fact]
    public void A_damaged_record_ends_it_with_file_and_offset()
    {
        AddRange(3);
        var path = Replica.Directory + "/wal_21/" + Replica.Files.List(Replica.Directory + "/wal_21")!.Single(name => name != "META");
        using (var file = Replica.Files.TryOpen(path)!)
        {
            var bytes = new byte[file.Length];
            file.Read(0, bytes);
            file.Write(bytes.Length / 3 + 30, [0xEE]); // within the second record
        }

        Run();

        Assert.Equal(1ul, Owner.LastApplied); // what stands in front of it is good
        var damage = Assert.IsType<StorageCorruptException>(Owner.Failure);
        Assert.StartsWith(Replica.Directory, damage.Message);
        Assert.Contains("entry 2 of its raft log cannot be read", damage.Message);
        Assert.Contains($"{path}: ", damage.Message);
        Assert.Contains("at offset ", damage.Message);
    }

    [Fact]
    public void A_command_whose_data_the_cache_had_dropped_ends_like_any_other()
    {
        Write(RaftEntryType.Normal, 1, TestReplica.Overwrite(Extent, 1, [1]));
        var proposal = new TestProposal();
        Applier.Add(new ApplyItem(1, 1, default, IsHere: false, proposal));

        Run();

        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
        Assert.Equal(Numbers(1), Applied(1));
    }
}
