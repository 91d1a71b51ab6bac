using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>What of an unfinished copy a start goes on with.</summary>
public sealed class UnfinishedCopyTests
{
    private readonly TestReplica _replica = new();

    public UnfinishedCopyTests()
    {
        _replica.NewExtent([1, 2, 3]);
        Assert.Equal(StorageError.None, _replica.Store.Append(new ExtentId(3), 0, [4, 5], Runtime.Crc32.Compute([4, 5]), sync: true, out _));
        _replica.Store.Close();
    }

    [Fact]
    public void Of_a_copy_whose_basis_is_known_all_stays_when_the_process_was_killed()
    {
        Assert.Equal(5UL, Drop(mayHaveLost: false, meta => meta with { IsBeingRebuilt = true, CopyBasis = 5 }).CopyBasis);
        Assert.NotEqual(0, Bytes);
    }

    [Fact]
    public void After_a_power_cut_it_begins_anew()
    {
        var meta = Drop(mayHaveLost: true, meta => meta with { IsBeingRebuilt = true, CopyBasis = 5 });
        Assert.Equal((0UL, true, 0L), (meta.CopyBasis, _replica.MetaOnDisk.IsBeingRebuilt, Bytes));
        Assert.Equal(64, _replica.Store.List().Count); // the tiny ones are made again
        Assert.Equal(0UL, _replica.MetaOnDisk.CopyBasis);
    }

    [Fact]
    public void A_copy_that_nobody_knows_the_basis_of_begins_anew()
    {
        Drop(mayHaveLost: false, meta => meta with { IsBeingRebuilt = true });
        Assert.Equal(0, Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replica_with_a_raft_log_was_a_member_and_is_left_alone(bool mayHaveLost)
    {
        _replica.Files.MakeDirectories($"{_replica.Directory}/{RaftLog.DirectoryName(TestReplica.Partition)}");
        Drop(mayHaveLost, meta => meta with { IsBeingRebuilt = true });
        Assert.NotEqual(0, Bytes);
    }

    [Fact]
    public void A_replica_that_is_complete_is_left_alone()
    {
        Drop(mayHaveLost: true, meta => meta with { IsRepairing = true, CopiedUpTo = 9 });
        Assert.NotEqual(0, Bytes);
    }

    [Fact]
    public void Killed_in_the_middle_the_next_start_drops_the_rest()
    {
        for (var at = 1; ; at++)
        {
            var test = new UnfinishedCopyTests();
            test._replica.Record.Change(meta => meta with { IsBeingRebuilt = true, CopyBasis = 5 });
            var files = test._replica.Files;
            files.CrashAt = files.Changes + at;
            try
            {
                UnfinishedCopy.DropIfVoid(files, test._replica.Directory, test._replica.MetaOnDisk, mayHaveLost: true);
                Assert.True(at > 60);
                return;
            }
            catch (TestKit.SimulatedCrashException)
            {
                files.Kill();
            }

            // The machine has not lost power since, so the basis alone has to tell; before it was written down the verdict does.
            UnfinishedCopy.DropIfVoid(files, test._replica.Directory, test._replica.MetaOnDisk, mayHaveLost: test._replica.MetaOnDisk.CopyBasis > 0);
            test._replica.Reopen();
            Assert.Equal(0, test._replica.Store.Totals().LogicalBytes);
        }
    }

    private long Bytes => _replica.Store.Totals().LogicalBytes;

    private PartitionMeta Drop(bool mayHaveLost, Func<PartitionMeta, PartitionMeta> change)
    {
        _replica.Record.Change(change);
        var meta = UnfinishedCopy.DropIfVoid(_replica.Files, _replica.Directory, _replica.MetaOnDisk, mayHaveLost);
        _replica.Reopen();
        return meta;
    }
}
