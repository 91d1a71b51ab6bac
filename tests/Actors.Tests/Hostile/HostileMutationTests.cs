using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using Xunit.Abstractions;

namespace CubeActors.Actors.Tests;

/// <summary>The run of a million operations can fail: the same peer makes the old way accept wrong answers, and so it does with any one of our checks switched off.</summary>
public sealed class HostileMutationTests(ITestOutputHelper output)
{
    private const int Operations = 3000;
    private static readonly IPEndPoint Target = IPEndPoint.Parse("127.0.0.2:17310");

    private readonly HostileClock _clock = new();
    private readonly Random _random = new(11);
    private HostilePeer _peer = null!;
    private HostileNetwork _network = null!;
    private long _requests = 1;

    [Fact]
    public void A_pool_of_connections_that_looks_at_answers_as_CubeFS_does_accepts_wrong_ones_of_every_kind()
    {
        Begin();
        var pool = new NaivePool(_network, _clock);
        var wrong = new SortedDictionary<string, int>();
        for (var i = 0; i < Operations; i++)
        {
            var (name, ask) = Draw(pool);
            if (Finish(ask()) == false) wrong[name] = wrong.GetValueOrDefault(name) + 1;
        }

        output.WriteLine(string.Join(", ", wrong.Select(one => $"{one.Key} {one.Value}")));
        foreach (var name in (string[])["0x07", "0x0A", "0x10", "0x11", "0x16"]) Assert.True(wrong.GetValueOrDefault(name) > 0, $"{name} never went wrong");
    }

    public static TheoryData<ReplyDoubts> Checks =>
    [
        ReplyDoubts.RequestId, ReplyDoubts.Opcode, ReplyDoubts.Partition, ReplyDoubts.Extent, ReplyDoubts.Offset, ReplyDoubts.ResultCode, ReplyDoubts.Length, ReplyDoubts.Argument,
        ReplyDoubts.Crc, ReplyDoubts.Content,
    ];

    [Theory]
    [MemberData(nameof(Checks))]
    public void Without_any_one_of_the_checks_wrong_answers_are_accepted(ReplyDoubts off)
    {
        var wrong = CountWrong(off);
        output.WriteLine($"without {ReplyDoubtNames.Of(off)}: {wrong} of {Operations}");
        Assert.True(wrong > 0);
    }

    [Fact]
    public void With_all_checks_none_is() => Assert.Equal(0, CountWrong(ReplyDoubts.None));

    private int CountWrong(ReplyDoubts off)
    {
        Begin();
        var wrong = 0;
        for (var i = 0; i < Operations; i++)
            if (Finish(AskAsync(off)) == false) wrong++;
        return wrong;
    }

    private void Begin()
    {
        _peer = new HostilePeer(_clock, _random);
        _network = new HostileNetwork(_clock, _peer);
    }

    /// <returns>Whether what was accepted is right; null if nothing was.</returns>
    private bool? Finish(Task<bool?> asked)
    {
        while (!asked.IsCompleted) Assert.True(_clock.FireNext());
        return asked.GetAwaiter().GetResult();
    }

    private (string, Func<Task<bool?>>) Draw(NaivePool pool)
    {
        var partition = new PartitionId((ulong)_random.Next(1, 50));
        var extent = new ExtentId((ulong)_random.Next(1025, 4000));
        return _random.Next(6) switch
        {
            0 => ("0x07", () => TryAsync(async () => Same(await pool.ListAsync(partition).ConfigureAwait(false), PeerTruth.NormalList(_peer.Tick)))),
            1 => ("0x0A", () => TryAsync(async () =>
            {
                await pool.TellAsync(Opcode.BroadcastMinAppliedId, partition).ConfigureAwait(false);
                return _peer.Performed;
            })),
            2 => ("0x10", () => TryAsync(async () => (await pool.NumbersAsync(Opcode.GetAppliedId, partition, default, 1).ConfigureAwait(false))[0] == PeerTruth.Applied(_peer.Tick))),
            3 => ("0x11", () => TryAsync(async () => (await pool.NumbersAsync(Opcode.GetPartitionSize, partition, extent, 2).ConfigureAwait(false))[0] == PeerTruth.Sizes(extent, _peer.Tick).Bytes)),
            4 => ("0x16", () => TryAsync(async () => (await pool.NumbersAsync(Opcode.GetMaxExtentIdAndPartitionSize, partition, default, 2).ConfigureAwait(false))[1] == PeerTruth.Totals(_peer.Tick).Bytes)),
            _ => ("0x09", () => TryAsync(async () =>
            {
                var (offset, bytes) = (_random.Next(1 << 20), 1 + _random.Next(20_000));
                return (await pool.StreamAsync(Opcode.ExtentRepairRead, partition, extent, offset, bytes).ConfigureAwait(false)).AsSpan().SequenceEqual(PeerTruth.Content(partition, extent, offset, bytes));
            })),
        };
    }

    private static async Task<bool?> TryAsync(Func<Task<bool>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException || ConnectionLoss.Is(e))
        {
            return null;
        }
    }

    private Task<bool?> AskAsync(ReplyDoubts off) => TryAsync(async () =>
    {
        using var connection = await _network.ConnectAsync(Target, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
        await using var deadline = _clock.CreateTimer(static state => ((IConnection)state!).Dispose(), connection, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        var reader = new CheckedReader(connection, off);
        var request = new PacketHeader { Partition = new PartitionId((ulong)_random.Next(1, 50)), Extent = new ExtentId((ulong)_random.Next(1025, 4000)), RequestId = ++_requests };
        switch (_random.Next(4))
        {
            case 0:
                request = request with { Opcode = Opcode.GetPartitionSize };
                var body = await reader.AskAsync(request, [], AnswerBytes.OneOrTwoNumbers).ConfigureAwait(false);
                return body is null ? throw new InvalidDataException("refused") : body.AsSpan().SequenceEqual(PeerTruth.Two(PeerTruth.Sizes(request.Extent, _peer.Tick)));
            case 1:
                request = request with { Opcode = Opcode.BroadcastMinAppliedId };
                return await reader.AskAsync(request, new byte[8], AnswerBytes.None).ConfigureAwait(false) is null ? throw new InvalidDataException("refused") : _peer.Performed;
            case 2:
                request = request with { Opcode = Opcode.GetAllWatermarks, ExtentType = ExtentTypes.Normal, Extent = default };
                var list = await reader.AskAsync(request, [], AnswerBytes.UpTo(NormalList.BytesMax)).ConfigureAwait(false);
                if (list is null || !Watermarks.TryRead(list, out var extents) || (!off.HasFlag(ReplyDoubts.Content) && !NormalList.TryRead("", list, out _, out _))) throw new InvalidDataException("refused");
                return Same(extents, PeerTruth.NormalList(_peer.Tick));
            default:
                request = request with { Opcode = Opcode.ExtentRepairRead, ExtentType = ExtentTypes.Normal, ExtentOffset = _random.Next(1 << 20), Size = 1 + (uint)_random.Next(20_000) };
                var range = await reader.FetchAsync(request).ConfigureAwait(false);
                return range is null
                    ? throw new InvalidDataException("refused")
                    : range.AsSpan().SequenceEqual(PeerTruth.Content(request.Partition, request.Extent, request.ExtentOffset, (int)request.Size));
        }
    });

    private static bool Same(List<Watermark> one, List<Watermark> other) => one.Select(watermark => (watermark.Extent, watermark.Size)).SequenceEqual(other.Select(watermark => (watermark.Extent, watermark.Size)));
}
