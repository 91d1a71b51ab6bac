using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>Three whole nodes: a bit flips on the disk of one of them, and its copy comes to be what the others hold, with and without a reader, under load.</summary>
public sealed class IntegrityNodeTests : ThreeNodes
{
    private const int Block = 131072;

    private IntegritySettings _integrity = new() { Confirm = TimeSpan.FromMilliseconds(150), RetryMin = TimeSpan.FromMilliseconds(50), TriesMax = 200 };

    private protected override NodeOptions Options => base.Options with { Integrity = _integrity };

    [Fact]
    public async Task A_client_s_read_of_a_flipped_block_is_served_by_another_replica_and_the_own_copy_is_healed()
    {
        var content = await AppendAsync(3 * Block);
        await FlipAsync(2, Block + 77);
        using (var reader = await Nodes[2].ConnectAsync())
        {
            var refused = await reader.AskAsync(Requests.Read(Partition, Extent, Block, Block, 1));
            // Where it still applies its log it refuses every read; then nobody has looked at the block yet.
            Assert.Equal(ResultCode.TryOtherAddress, refused.Header.Result);
        }

        using (var other = await Nodes[1].ConnectAsync()) Assert.Equal(content, await other.ReadAsync(Partition, Extent, 0, (uint)content.Length));
        await HealedAsync(2, content, reads: true);
        Assert.Single(Directory.GetFiles(Nodes[2].DiskPath, "1025-1-*", SearchOption.AllDirectories));
        // Told a moment after it can be read.
        await Patience.UntilAsync(() => Nodes[2].Surface.Integrity().Findings.Any(finding => finding.Kind == IntegrityFindingKind.Healed && finding.Block == 1));
        await StopAsync(2);
        await StartAgainAsync(2);
        await HealedAsync(2, content, reads: true);
    }

    [Fact]
    public async Task It_is_healed_while_the_extent_is_appended_to_and_overwritten()
    {
        var content = await AppendAsync(3 * Block);
        await FlipAsync(2, Block + 77);
        using var end = new CancellationTokenSource();
        var load = LoadAsync(content.Length, end.Token);
        await HealedAsync(2, content[Block..(2 * Block)], reads: true, Block);
        end.Cancel();
        var (length, last) = await load;
        Assert.True(length > content.Length);
        await AllHoldAsync(10, last);
        await AllHoldAsync(Block, content[Block..(2 * Block)]);
    }

    [Fact]
    public async Task A_scrubber_finds_it_where_nobody_reads()
    {
        var content = await AppendAsync(3 * Block);
        _integrity = _integrity with { ScrubBytesPerSecond = 64 << 20, FirstScrub = TimeSpan.FromMilliseconds(10), ColdAfter = TimeSpan.Zero };
        await FlipAsync(2, (2 * Block) + 5);
        await HealedAsync(2, content, reads: false);
        Assert.True(Nodes[2].Surface.Integrity().Counts.BlocksScrubbed >= 3);
    }

    /// <summary>Appends behind the end and overwrites the first block, until the end.</summary>
    /// <returns>How long the extent is then, and what was written last at 10.</returns>
    private async Task<(int Length, byte[] Last)> LoadAsync(int length, CancellationToken end)
    {
        var others = Nodes[1..].Select(node => node.Address).ToArray();
        using var client = await Nodes[0].ConnectAsync();
        var last = Requests.Noise(100, 1);
        for (var seed = 2; !end.IsCancellationRequested; seed++)
        {
            var reply = await client.AskAsync(Requests.Append(Partition, Extent, length, seed, Requests.Noise(1000, seed), others));
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
            length += 1000;
            await OverwriteAsync(10, last = Requests.Noise(100, seed));
        }

        await OverwriteAsync(10, last);
        return (length, last);
    }

    /// <summary>While the node is down: what it opens then is compared anew.</summary>
    private async Task FlipAsync(int node, long at)
    {
        await StopAsync(node);
        using (var file = File.Open(FileOf(node), FileMode.Open))
        {
            file.Position = at;
            var was = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(was ^ 0x10));
        }

        await StartAgainAsync(node);
    }

    /// <summary>And until it serves reads: before its log is applied it refuses them all.</summary>
    private async Task StartAgainAsync(int node)
    {
        await StartAsync(node);
        await Patience.UntilAsync(() => Nodes[node].GateOf(Partition).Raft is { IsReplaying: false });
    }

    /// <param name="reads">Somebody asks for it, again and again; otherwise the file is looked at.</param>
    private async Task HealedAsync(int node, byte[] content, bool reads, long offset = 0)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            Assert.True(
                System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long,
                $"it was not healed: {string.Join("; ", Nodes[node].Surface.Integrity().Findings)}; {string.Join("; ", Nodes[node].Log.Texts.Where(text => text.Contains("block", StringComparison.Ordinal)))}");
            await Task.Yield();
            if (reads)
            {
                using var reader = await Nodes[node].ConnectAsync();
                var store = Nodes[node].GateOf(Partition).Store;
                if (store.Read(new ExtentId(Extent), offset, new byte[content.Length], out _) != StorageError.None) continue;
                Assert.Equal(content, await reader.ReadAsync(Partition, Extent, offset, (uint)content.Length));
                return;
            }

            using var file = File.Open(FileOf(node), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[content.Length];
            file.ReadExactly(bytes);
            if (bytes.AsSpan().SequenceEqual(content)) return;
        }
    }

    private string FileOf(int node) => Directory.GetFiles(Nodes[node].DiskPath, Extent.ToString(System.Globalization.CultureInfo.InvariantCulture), SearchOption.AllDirectories).Single();

    /// <summary>Appends to the extent on all three, behind the 64 KiB that stand there, block by block.</summary>
    private async Task<byte[]> AppendAsync(int bytes)
    {
        var others = Nodes[1..].Select(node => node.Address).ToArray();
        var content = new byte[65536 + bytes];
        Requests.Noise(bytes, 7).CopyTo(content, 65536);
        using var client = await Nodes[0].ConnectAsync();
        for (var at = 65536; at < content.Length;)
        {
            var step = Math.Min(Block - (at % Block), content.Length - at);
            var reply = await client.AskAsync(Requests.Append(Partition, Extent, at, at, content[at..(at + step)], others));
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
            at += step;
        }

        return content;
    }
}
