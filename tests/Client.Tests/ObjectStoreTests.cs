using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

public sealed class ObjectStoreTests
{
    private static readonly byte[] Content = ClientWorld.Content(2_500_000);

    [Fact]
    public async Task An_extent_is_known_to_the_master_before_data_goes_into_it()
    {
        await using var world = new ClientWorld(partitions: 1);
        var written = -1;
        world.Master.Interfere = call =>
        {
            if (call.Path.EndsWith("/extents", StringComparison.Ordinal)) written = world.CountReceived(Opcode.Write);
            return null;
        };
        await world.PutAsync("o", Content);
        Assert.Equal(0, written);
        Assert.Equal(new ObjectExtent(0, 21, 1025, 0, 0), world.Master.Intents[1].Extents.Single());
    }

    [Fact]
    public async Task A_put_in_place_of_an_object_turns_the_old_extents_into_garbage()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        var old = world.Master.Objects["o"].Extents;
        await world.PutAsync("o", ClientWorld.Content(10));
        Assert.Equal(old, world.Master.Garbage);
        Assert.Equal(ClientWorld.Content(10), await world.GetAsync("o"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(11)]
    public async Task A_cancelled_put_aborts_its_intent_and_leaves_no_object(int packets)
    {
        await using var world = new ClientWorld();
        using var cancel = new CancellationTokenSource();
        var source = new Source(Content, read => { if (read >= packets * 131072) cancel.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Objects.PutAsync("o", source, null, cancel.Token));
        AssertAborted(world);
    }

    [Fact]
    public async Task A_put_is_cancelled_while_it_waits_for_a_reply()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 3, FaultKind.Silence));
        using var cancel = new CancellationTokenSource();
        var put = world.Objects.PutAsync("o", new MemoryStream(Content), null, cancel.Token);
        await Task.WhenAny(world.Nodes.Select(node => node.Silent.Task));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        AssertAborted(world);
    }

    [Fact]
    public async Task A_get_is_cancelled_while_it_waits_for_a_reply()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        world.PlanEverywhere(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Silence));
        using var cancel = new CancellationTokenSource();
        var get = world.Objects.GetAsync("o", Stream.Null, cancel: cancel.Token);
        await Task.WhenAny(world.Nodes.Select(node => node.Silent.Task));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
    }

    [Fact]
    public async Task A_source_that_fails_aborts_the_put()
    {
        await using var world = new ClientWorld();
        var source = new Source(Content, read => { if (read > 1_000_000) throw new InvalidDataException("unreadable"); });
        await Assert.ThrowsAsync<InvalidDataException>(() => world.Objects.PutAsync("o", source));
        AssertAborted(world);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2_000_000)]
    public async Task A_source_that_ends_early_aborts_the_put(int bytes)
    {
        await using var world = new ClientWorld();
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.Objects.PutAsync("o", new Shrinking(ClientWorld.Content(bytes))));
        Assert.Contains($"the source ended after {bytes - 10} of {bytes} bytes", failure.Message);
        AssertAborted(world);
    }

    [Fact]
    public async Task A_failed_journal_entry_ends_the_put_before_data_goes_into_the_extent()
    {
        await using var world = new ClientWorld();
        world.Master.Interfere = call => call.Path.EndsWith("/extents", StringComparison.Ordinal) ? MasterModel.Refuse(1, "disk full") : null;
        var failure = await Assert.ThrowsAsync<MasterException>(() => world.PutAsync("o", Content));
        Assert.Contains("disk full", failure.Message);
        Assert.Equal(0, world.CountReceived(Opcode.Write));
        AssertAborted(world);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_looked_up()
    {
        await using var world = new ClientWorld();
        world.Master.InterfereAfter = call => call.Path.EndsWith("/commit", StringComparison.Ordinal) ? new HttpResult(0, [], Breaks: true) : null;
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.Equal("commit", world.Master.Intents[1].Ended);
    }

    [Fact]
    public async Task A_refused_commit_aborts_the_put()
    {
        await using var world = new ClientWorld();
        world.Master.Interfere = call => call.Path.EndsWith("/commit", StringComparison.Ordinal) ? MasterModel.Refuse(1, "intent expired") : null;
        var failure = await Assert.ThrowsAsync<MasterException>(() => world.PutAsync("o", Content));
        Assert.Contains("intent expired", failure.Message);
        AssertAborted(world);
    }

    [Fact]
    public async Task A_commit_of_unknown_outcome_is_neither_success_nor_abort()
    {
        await using var world = new ClientWorld();
        world.Master.Interfere = call => call.Path.EndsWith("/commit", StringComparison.Ordinal) ? HttpResult.Text(400, "no leader") : null;
        await Assert.ThrowsAsync<MasterException>(() => world.PutAsync("o", Content));
        Assert.Null(world.Master.Intents[1].Ended);
    }

    [Fact]
    public async Task An_abort_that_fails_does_not_hide_why_the_put_failed()
    {
        await using var world = new ClientWorld();
        world.Master.Interfere = call => call.Path.EndsWith("/abort", StringComparison.Ordinal) ? HttpResult.Text(400, "no leader") : null;
        var source = new Source(Content, read => { if (read > 1_000_000) throw new InvalidDataException("unreadable"); });
        await Assert.ThrowsAsync<InvalidDataException>(() => world.Objects.PutAsync("o", source));
    }

    [Fact]
    public async Task A_slow_source_keeps_its_intent_alive()
    {
        await using var world = new ClientWorld();
        var source = new Source(Content, _ => world.Time.Advance(TimeSpan.FromMinutes(1)));
        await world.Objects.PutAsync("o", source);
        world.AssertStored("o", Content);
        Assert.InRange(world.Master.Intents[1].Renewals, 5, 20);
    }

    [Fact]
    public async Task Content_that_is_not_what_was_stored_is_told_by_its_digest()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        world.Master.Objects["o"] = world.Master.Objects["o"] with { Sha256 = new string('0', 64) };
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Contains("SHA-256", failure.Message);
    }

    [Fact]
    public async Task A_record_with_a_gap_is_not_read()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        world.Master.Objects["o"] = world.Master.Objects["o"] with { Size = Content.Length + 1 };
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Contains("damaged", failure.Message);
        Assert.Equal(0, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task A_file_appears_only_when_it_is_verified()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        var directory = Directory.CreateTempSubdirectory("cubeactors-client-");
        try
        {
            var path = Path.Combine(directory.FullName, "copy");
            await world.Objects.GetFileAsync("o", path);
            Assert.Equal(Content, await File.ReadAllBytesAsync(path));
            File.Delete(path);
            world.Master.Objects["o"] = world.Master.Objects["o"] with { Sha256 = new string('0', 64) };
            await Assert.ThrowsAsync<CubeClientException>(() => world.Objects.GetFileAsync("o", path));
            Assert.Empty(directory.GetFiles());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Listings_go_over_all_pages_in_order()
    {
        await using var world = new ClientWorld();
        foreach (var name in (string[])["b/2", "a", "b/1", "b/3", "c", "b/%+ä"]) await world.PutAsync(name, []);
        Assert.Equal(["b/%+ä", "b/1", "b/2", "b/3"], await NamesAsync("b/"));
        Assert.Equal(["a", "b/%+ä", "b/1", "b/2", "b/3", "c"], await NamesAsync(""));
        Assert.Empty(await NamesAsync("x"));

        async Task<List<string>> NamesAsync(string prefix)
        {
            var names = new List<string>();
            await foreach (var entry in world.Objects.ListAsync(prefix)) names.Add(entry.Name);
            return names;
        }
    }

    [Fact]
    public async Task A_listing_that_does_not_advance_is_an_error()
    {
        await using var world = new ClientWorld();
        world.Master.Interfere = call => call.Path == ObjectPaths.Objects ? MasterModel.Ok(new ObjectPage([], ""), ObjectJson.Default.ObjectPage) : null;
        await Assert.ThrowsAsync<MasterException>(async () =>
        {
            await foreach (var _ in world.Objects.ListAsync()) { }
        });
    }

    [Fact]
    public async Task A_removed_object_is_gone_and_its_extents_are_garbage()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o", Content);
        var extents = world.Master.Objects["o"].Extents;
        await world.Objects.RemoveAsync("o");
        Assert.Equal(extents, world.Master.Garbage);
        var failure = await Assert.ThrowsAsync<MasterException>(() => world.GetAsync("o"));
        Assert.Equal(MasterFailure.Refused, failure.Failure);
    }

    [Fact]
    public async Task A_name_that_could_not_come_back_is_refused_before_anything_happens()
    {
        await using var world = new ClientWorld();
        foreach (var name in (string[])["", "a\nb", "\ud800", "a\udc00b", new string('ä', 513), new string('x', 1025)])
            await Assert.ThrowsAsync<ArgumentException>(() => world.PutAsync(name, Content));
        Assert.Empty(world.Master.Intents);
    }

    /// <summary>Goal: whatever goes wrong, content is never wrong. Method: seeded faults of every kind, all objects compared at the end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Random_faults_never_change_content(int seed)
    {
        await using var world = new ClientWorld(new ClientSettings { ExtentBytes = 3 * 1024 * 1024 }, seed: seed, masterTimeout: TimeSpan.FromDays(1));
        var random = new Random(seed);
        FaultKind[] kinds = [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.Silence)];
        foreach (var node in world.Nodes)
        {
            for (var i = 1; i < 400; i += random.Next(1, 30))
            {
                Opcode[] opcodes = [Opcode.CreateExtent, Opcode.Write, Opcode.StreamFollowerRead];
                node.Plan(new Fault(opcodes[random.Next(3)], i, kinds[random.Next(kinds.Length)], (ResultCode)random.Next(0x3F, 0xEE), Block: random.Next(10)));
            }
        }

        world.Network.Dialled = link =>
        {
            if (link.Target.ToString() == ClientWorld.MasterAddress) return;
            link.ToClient.ReceiveBytesMax = random.Next(50, 200_000);
            if (random.Next(4) == 0) link.ToServer.ResetAt(random.Next(5_000_000));
            if (random.Next(4) == 0) link.ToClient.EndAt(random.Next(2_000_000));
            if (random.Next(4) == 0) link.ToClient.CorruptAt(random.Next(2_000_000), 1);
        };
        var contents = Enumerable.Range(0, 12).ToDictionary(i => $"o{i}", i => ClientWorld.Content(random.Next(1, 6_000_000), i));
        foreach (var pair in contents.Chunk(2)) await PassTimeAsync(world, Task.WhenAll(pair.Select(one => world.PutAsync(one.Key, one.Value))));
        foreach (var (name, content) in contents)
        {
            world.AssertStored(name, content);
            var get = world.GetAsync(name);
            await PassTimeAsync(world, get);
            Assert.Equal(content, await get);
        }
    }

    /// <summary>
    /// Lets deadlines come when nothing moves any more: a reply held back for a packet that never follows, or one whose length was
    /// corrupted, is found out by nothing else. Coming too early is one more fault of a data node,
    /// and the master is given all the time there is.
    /// </summary>
    private static Task PassTimeAsync(ClientWorld world, Task until) => Task.Run(async () =>
    {
        const int QuietTurns = 3000;
        var (moved, turns) = (-1L, 0);
        while (!until.IsCompleted)
        {
            await Task.Yield(); // behind everything that is ready to run
            var now = world.Network.Links.Sum(link => link.ToServer.SentBytes + link.ToClient.SentBytes);
            (moved, turns) = (now, now == moved ? turns + 1 : 0);
            if (turns < QuietTurns) continue;
            world.Time.Advance(world.Settings.CreateDeadline);
            turns = 0;
        }

        await until;
    });

    private static void AssertAborted(ClientWorld world)
    {
        Assert.Empty(world.Master.Objects);
        Assert.All(world.Master.Intents.Values, intent => Assert.Equal("abort", intent.Ended));
        // Everything that was created is known to the master, but for a create that was on its way.
        var garbage = world.Master.Garbage.Select(piece => (piece.PartitionId, piece.ExtentId)).Distinct().Count();
        Assert.InRange(world.Partitions.Sum(partition => partition.ExtentCount), garbage, garbage + 1);
    }

    /// <summary>Looks at every read, with the bytes read before it.</summary>
    private sealed class Source(byte[] content, Action<long> look) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            look(Position);
            return base.ReadAsync(buffer, CancellationToken.None);
        }
    }

    /// <summary>Says that it is ten bytes longer than it is.</summary>
    private sealed class Shrinking(byte[] content) : MemoryStream(content[..^10])
    {
        public override long Length => base.Length + 10;
    }
}
