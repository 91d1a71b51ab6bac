using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>A reader has met a block that does not match its CRC: what the node makes of it, and of other replicas that help, lie, lag or are away.</summary>
public sealed class ComparisonScenarioTests : IntegrityScenario
{
    [Fact]
    public void A_block_that_rotted_is_refused_to_its_reader_compared_twice_and_replaced_by_what_two_others_hold()
    {
        Damage();
        var rotten = OnDisk()[Block..(2 * Block)];
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Assert.Equal(rotten, OnDisk()[Block..(2 * Block)]);
        Advance(Confirm);
        Ended(1);

        Assert.Equal(Content, OnDisk());
        Assert.Equal(StorageError.None, Read(1));
        var finding = Assert.Single(View.Findings);
        Assert.Equal((IntegrityFindingKind.Healed, Number, Extent, 1, "/disk0"), (finding.Kind, finding.Partition.Value, finding.Extent.Value, finding.Block, finding.Disk));
        Assert.Equal(["127.0.0.12:17310", "127.0.0.13:17310"], finding.Peers);
        Assert.Contains(Warnings, text => text.Contains("Partition 1: extent 1025, block 1", StringComparison.Ordinal) && text.Contains("127.0.0.13:17310", StringComparison.Ordinal));
        Assert.StartsWith("1025-1-", Assert.Single(Kept), StringComparison.Ordinal);
        var alert = Assert.Single(Alerts.All);
        Assert.Equal((OperationAlertKind.IntegrityFinding, Number, Extent), (alert.Kind, alert.Partition!.Value.Value, alert.Extent));
        Assert.Equal((1L, 1L, 0), (View.Counts.Mismatches, View.Counts.Healed, View.Waiting));
        Assert.Equal(4, Peers.Sum(peer => peer.Reads));
    }

    [Fact]
    public void A_wrong_CRC_over_right_bytes_is_set_right_at_the_first_look()
    {
        Begin();
        CloseExtents();
        using (var crcs = Disk.Files.TryOpen($"{Disk.DirectoryOf(Number)}/EXTENT_CRC")!) crcs.Write(((long)Extent * 4096) + 4, [1, 2, 3, 4]);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        Ended(1);
        Assert.Equal(StorageError.None, Read(1));
        Assert.Equal((IntegrityFindingKind.CrcCorrected, 1L), (Assert.Single(View.Findings).Kind, View.Counts.Corrected));
        Assert.Empty(Kept);
    }

    [Fact]
    public void Of_two_replicas_neither_is_believed_and_it_is_said_once_an_hour()
    {
        Damage(replicas: 2);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Advance(Confirm);
        Ended(1);
        Assert.NotEqual(Content, OnDisk());
        Assert.Equal(IntegrityFindingKind.Reported, Assert.Single(View.Findings).Kind);
        Assert.Contains(Errors, text => text.Contains("the CRC stored here is that of the block on 127.0.0.12:17310", StringComparison.Ordinal));
        for (var i = 0; i < 5; i++) Assert.Equal(StorageError.BlockDamaged, Read(1));
        RunUntilIdle();
        Assert.Equal(0, View.Waiting);
        Advance(Settings.Integrity.QuietAfterReport);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
    }

    [Fact]
    public void A_single_replica_is_reported()
    {
        Damage(replicas: 1);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        Ended(1);
        Assert.Equal(IntegrityFindingKind.Reported, Assert.Single(View.Findings).Kind);
        Assert.Single(Alerts.All);
        Assert.NotEqual(Content, OnDisk());
    }

    [Theory]
    [InlineData("request id")]
    [InlineData("partition")]
    [InlineData("extent")]
    [InlineData("offset")]
    [InlineData("opcode")]
    [InlineData("CRC")]
    public void A_replica_that_answers_something_else_heals_nobody(string what)
    {
        Damage();
        Peers[1].Tamper = question => question.Opcode != Opcode.StreamFollowerRead ? null : Changed(Peers[1].AnswerTo(question), what);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        for (var look = 0; look < 3; look++)
        {
            SeenAgain();
            Advance(Retry);
        }

        Ended(1);
        Assert.NotEqual(Content, OnDisk());
        Assert.Equal((IntegrityFindingKind.Reported, true), Assert.Single(View.Findings) is var found ? (found.Kind, found.Text.Contains("too few replicas could be compared", StringComparison.Ordinal)) : default);
        Assert.Contains(Errors, text => text.Contains("Reply mismatch from 127.0.0.13:17310", StringComparison.Ordinal));
        Assert.Empty(Kept);
    }

    [Fact]
    public void A_replica_that_is_away_is_waited_for()
    {
        Damage();
        SimulatedNetwork.Refuse("127.0.0.13:17310");
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenAgain();
        SimulatedNetwork.Admit("127.0.0.13:17310");
        Advance(Retry);
        SeenOnce();
        Advance(Confirm);
        Ended(1);
        Assert.Equal(Content, OnDisk());
    }

    [Fact]
    public void What_others_hold_at_another_place_of_the_log_does_not_count_until_they_are_where_this_replica_is()
    {
        Settings = Settings with { Integrity = Settings.Integrity with { CatchUp = TimeSpan.Zero } };
        Damage();
        (Peers[0].Applied, Peers[1].Applied) = (5, 5); // overwrites that are on their way here
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenAgain();
        Assert.NotEqual(Content, OnDisk());
        (Peers[0].Applied, Peers[1].Applied) = (0, 0);
        Advance(Retry);
        Ended(1); // the bytes are those of the first look
        Assert.Equal(Content, OnDisk());
    }

    [Fact]
    public void An_overwrite_of_the_block_between_two_looks_stands_and_one_beside_it_keeps_nobody_from_healing()
    {
        Damage();
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Assert.Equal(StorageError.None, Store.Overwrite(new ExtentId(Extent), (2 * Block) + 10, [7, 7, 7], 0, sync: false));
        Advance(Confirm);
        Ended(1);
        Assert.Equal(Content.AsSpan(Block, Block).ToArray(), OnDisk()[Block..(2 * Block)]);
        Assert.Equal([7, 7, 7], OnDisk().AsSpan((2 * Block) + 10, 3).ToArray());
    }

    [Fact]
    public void An_overwrite_of_the_block_itself_begins_the_comparison_anew()
    {
        Damage();
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Assert.Equal(StorageError.None, Store.Overwrite(new ExtentId(Extent), Block + 10, [7, 7, 7], 0, sync: false));
        foreach (var peer in Peers) new byte[] { 7, 7, 7 }.CopyTo(peer.Extents[Extent], Block + 10);
        Advance(Confirm);
        SeenOnce(); // other bytes than before, here and there
        Advance(Confirm);
        Ended(1);
        Assert.Equal(Peers[0].Extents[Extent], OnDisk());
    }

    [Fact]
    public void Another_replica_that_differs_is_named_and_left_alone()
    {
        Begin();
        CloseExtents();
        Peers[1].Extents[Extent][Block + 5] ^= 1;
        using (var crcs = Disk.Files.TryOpen($"{Disk.DirectoryOf(Number)}/EXTENT_CRC")!) crcs.Write(((long)Extent * 4096) + 4, [1, 2, 3, 4]);
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Advance(Confirm);
        Ended(1);
        Assert.Equal([IntegrityFindingKind.PeerDiffers, IntegrityFindingKind.CrcCorrected], View.Findings.Select(found => found.Kind));
        Assert.Equal(["127.0.0.13:17310"], View.Findings[0].Peers);
        Assert.Equal(Content, OnDisk());
    }

    [Fact]
    public void An_extent_that_is_deleted_meanwhile_is_nobody_s_concern()
    {
        Damage();
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        SeenOnce();
        Assert.Equal(StorageError.None, Store.Delete(new ExtentId(Extent)));
        Advance(Confirm);
        Ended(1);
        Assert.Empty(View.Findings);
    }

    [Fact]
    public void The_end_of_the_node_ends_a_comparison_that_waits_for_a_silent_replica()
    {
        Damage();
        SimulatedNetwork.Silence("127.0.0.13:17310");
        Assert.Equal(StorageError.BlockDamaged, Read(1));
        RunUntilIdle();
        Stop();
        Until(() => IsStopped, "the node has stopped");
    }

    /// <summary>A bit of the second block flips while nobody has the extent open.</summary>
    private void Damage(int replicas = 3)
    {
        Begin(replicas);
        CloseExtents();
        Flip(Block + 77);
    }

    /// <summary>The first look has found a difference; the second is due.</summary>
    private void SeenOnce() => Until(() => Time.IsDueIn(Confirm), "a difference is to be confirmed");

    /// <summary>A look that decided nothing; the next is due.</summary>
    private void SeenAgain() => Until(() => Time.IsDueIn(Retry), "it is tried again");

    private void Ended(int count)
    {
        Until(() => View.Counts.Compared == count && View.Waiting == 0, "the comparison has ended");
        RunUntilIdle();
    }

    private static byte[] Changed(byte[] answer, string what)
    {
        var changed = answer.ToArray();
        var at = what switch { "opcode" => 2, "CRC" => 5, "partition" => 24, "extent" => 32, "offset" => 40, _ => 48 };
        changed[at] ^= 1;
        return changed;
    }
}
