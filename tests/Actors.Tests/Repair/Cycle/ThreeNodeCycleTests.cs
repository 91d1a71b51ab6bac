using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>
/// Three whole nodes: what one of them has lost comes back, byte for byte, from the cycle of the first alone; what was deleted does not. Source:
/// storage-and-repair 8.3 (R1 to R3, R8) and 8.5 (D7).
/// </summary>
public sealed class ThreeNodeCycleTests : ThreeNodes
{
    private readonly ShiftedTime _time = new();

    private protected override NodeOptions Options => base.Options with
    {
        Time = _time,
        Repair = new RepairSettings { FirstVerification = TimeSpan.FromDays(1), FirstCycle = TimeSpan.FromMilliseconds(50), CyclePeriod = TimeSpan.FromMilliseconds(300), RetryMin = TimeSpan.FromMilliseconds(20) },
    };

    [Theory]
    [InlineData(1)] // of the last block
    [InlineData(4095)]
    [InlineData(131071)]
    [InlineData(131072)]
    [InlineData(131073)]
    [InlineData(400_000)] // all of it: the file is there and empty
    public async Task A_follower_that_was_cut_gets_back_what_it_lacks(int missing)
    {
        var content = await AppendAsync(400_000);
        await StopAsync(2);
        using (var file = File.OpenWrite(FileOf(2))) file.SetLength(content.Length - missing);
        await StartAsync(2);
        Quiet();
        await LevelAsync(content);
        Assert.Single(Nodes[2].Log.Texts, text => text.Contains($"has cut or removed 1 of its extents, {missing} bytes: {Extent}.", StringComparison.Ordinal)); // the stop before had left a list of them
        await StopAsync(2);
        await StartAsync(2); // read again with its CRCs
        await LevelAsync(content);
        Assert.Equal(0, Nodes[2].GateOf(Partition).Store.DamagedBlocks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_replica_whose_file_is_gone_gets_it_back_leader_or_not(int node)
    {
        var content = await AppendAsync(400_000);
        await StopAsync(node);
        File.Delete(FileOf(node));
        await StartAsync(node);
        Quiet();
        await LevelAsync(content);
    }

    [Fact]
    public async Task A_replica_that_was_away_gets_what_was_written_meanwhile_by_the_others()
    {
        await StopAsync(1);
        // As after a decommission by hand: written where the replica is not asked.
        var content = Requests.Noise(200_000, 9);
        foreach (var node in (int[])[0, 2])
            for (var at = 0; at < content.Length; at += 131072)
            {
                var store = Nodes[node].GateOf(Partition).Store;
                if (at == 0) Assert.Equal(StorageError.None, store.CreateExtent(new ExtentId(2000)));
                Assert.Equal(StorageError.None, store.Append(new ExtentId(2000), at, content.AsSpan(at, Math.Min(131072, content.Length - at)), 0, false, out _));
            }

        Quiet();
        await StartAsync(1);
        Quiet();
        await LevelAsync(content, 2000);
    }

    [Fact]
    public async Task What_was_deleted_while_a_replica_was_away_does_not_come_back_from_it()
    {
        await StopAsync(2);
        foreach (var node in (int[])[0, 1]) Assert.Equal(StorageError.None, Nodes[node].GateOf(Partition).Store.Delete(new ExtentId(Extent)));
        await StartAsync(2);
        Quiet();
        await ComparedAsync("1 that differ were deleted here");
        Assert.Null(Nodes[0].GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.Null(Nodes[1].GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.NotNull(Nodes[2].GateOf(Partition).Store.Find(new ExtentId(Extent))); // until the delete is repeated there
        // And not after the leader has lost what it had in memory of the delete.
        await StopAsync(0);
        await StartAsync(0);
        await ComparedAsync("1 that differ were deleted here");
        Assert.Null(Nodes[0].GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.Null(Nodes[1].GateOf(Partition).Store.Find(new ExtentId(Extent)));
    }

    [Fact]
    public async Task What_a_follower_has_deleted_before_the_leader_does_not_come_back_there_not_even_empty()
    {
        Quiet();
        Assert.Equal(StorageError.None, Nodes[1].GateOf(Partition).Store.Delete(new ExtentId(Extent)));
        await ComparedAsync($"{Nodes[1].Address} lacks 1");
        await Patience.UntilAsync(() => Nodes[0].Log.Texts.Any(text => text.Contains("has answered for all 1 extents", StringComparison.Ordinal)));
        Assert.Null(Nodes[1].GateOf(Partition).Store.Find(new ExtentId(Extent)));
    }

    private string FileOf(int node) => Directory.GetFiles(Nodes[node].DiskPath, Extent.ToString(System.Globalization.CultureInfo.InvariantCulture), SearchOption.AllDirectories).Single();

    /// <summary>All that was written so far is old enough to be listed.</summary>
    private void Quiet() => _time.MoveOn(TimeSpan.FromSeconds(62));

    /// <summary>Appends to the extent on all three, as a client does, behind what stands there.</summary>
    private async Task<byte[]> AppendAsync(int bytes)
    {
        var others = Nodes[1..].Select(node => node.Address).ToArray();
        var content = new byte[65536 + bytes];
        Requests.Noise(bytes, 7).CopyTo(content, 65536);
        using var client = await Nodes[0].ConnectAsync();
        for (var at = 65536; at < content.Length;)
        {
            var step = Math.Min(131072 - (at % 131072), content.Length - at);
            var reply = await client.AskAsync(Requests.Append(Partition, Extent, at, at, content[at..(at + step)], others));
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
            at += step;
        }

        return content;
    }

    private async Task LevelAsync(byte[] content, ulong extent = Extent)
    {
        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.GateOf(Partition).Store.Find(new ExtentId(extent))?.Size == content.Length);
            await Patience.UntilAsync(() => node.GateOf(Partition).Raft is not { IsReplaying: true }); // before its log is applied it refuses all reads
            using var reader = await node.ConnectAsync();
            Assert.Equal(content, await reader.ReadAsync(Partition, extent, 0, (uint)content.Length));
        }
    }

    /// <summary>The leader's comparison has found something.</summary>
    private Task ComparedAsync(string finding) => Patience.UntilAsync(() => Nodes[0].Log.Texts.Any(text => text.Contains("compared", StringComparison.Ordinal) && text.Contains(finding, StringComparison.Ordinal)));
}
