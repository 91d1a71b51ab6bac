using System.Net.Sockets;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Requests of all kinds that repair makes, in any order, to one <see cref="HostilePeer"/>, on one thread and in virtual time: the same for the same seed.</summary>
internal sealed class HostileRun
{
    private const string Address = "127.0.0.2:17310";

    /// <summary>As the patience for a repair task of another replica; all other questions have a minute.</summary>
    private static readonly TimeSpan NotifyLimit = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly HostileClock _clock = new();
    private readonly Random _random;
    private readonly HostilePeer _peer;
    private readonly HostileNetwork _network;
    private readonly CountingEvents _events;
    private readonly LineParts _parts;
    private readonly PeerQuestion _questions;
    private readonly HostileFigures _figures = new();
    private readonly byte[] _buffer = new byte[BufferPool.LargeBytes];
    private SocketError? _dialFault;
    private RepairLine? _line;

    public HostileRun(int seed)
    {
        _random = new Random(seed);
        _peer = new HostilePeer(_clock, _random);
        _network = new HostileNetwork(_clock, _peer) { Refuses = DrawDial, ReceiveBytesMax = DrawReceive };
        _events = new CountingEvents(_figures);
        _parts = new LineParts(_network, _clock, new RepairSettings(), _events);
        _questions = new PeerQuestion(_network, _clock, _events);
    }

    /// <summary>Makes so many operations, each of as many tries as a repair has.</summary>
    public HostileFigures Run(int operations)
    {
        HostileClock.TakeThread();
        for (var i = 0; i < operations; i++) RunOne();
        _line?.Dispose();
        _figures.VirtualTime = _clock.Elapsed;
        _figures.Connections = _network.Dials;
        _figures.LatePackets = _network.ArrivedTooLate;
        _figures.AddFaults(_peer.Injected);
        Assert.Equal(0, _network.Open); // on every path
        return _figures;
    }

    private void RunOne()
    {
        var (name, operation) = Draw();
        _figures.Begin(name);
        var tokenTries = 0;
        for (var tries = 1; ; tries++)
        {
            _figures.Tries++;
            var told = _events.Told;
            var trying = operation();
            while (!trying.IsCompleted)
            {
                if (_clock.FireNext()) continue;
                _figures.Lost++;
                return;
            }

            var failure = trying.GetAwaiter().GetResult();
            if (failure is null)
            {
                _figures.Succeeded++;
                if (_events.Told != told) _figures.Unexplained++;
                return;
            }

            Explain(failure, _events.Told - told);
            if (failure.Code == ResultCode.ReadRepairAgain) tokenTries++;
            if (RepairReactions.PauseAfter(failure.Kind, failure.Code, tries, tokenTries, _parts.Settings) is not { } pause)
            {
                _figures.GivenUp++;
                return;
            }

            _clock.Advance(pause);
        }
    }

    /// <summary>Every refusal names what is wrong, and is told once, with both sides' values.</summary>
    private void Explain(RepairFailureException failure, long told)
    {
        _figures.Refused(failure.Kind);
        var isExplained = failure.Message.Length > 0 && (failure.Kind == RepairFailureKind.Violation
            ? failure.Doubts != ReplyDoubts.None && told == 1 && failure.Message.Contains(ReplyDoubtNames.Of(failure.Doubts), StringComparison.Ordinal)
            : told == 0);
        if (!isExplained) _figures.Unexplained++;
        if (_dialFault is null && !_peer.WasDirty && _peer.LastFault is PeerFault.None or PeerFault.Delay or PeerFault.SplitDelay && failure.Kind != RepairFailureKind.Unreachable) _figures.RefusedRight++;
    }

    private (string, Func<Task<RepairFailureException?>>) Draw()
    {
        var partition = new PartitionId((ulong)_random.Next(1, 50));
        var normal = new ExtentId((ulong)_random.Next(1025, 4000));
        return _random.Next(14) switch
        {
            0 => ("0x07", () => ListAsync(partition, isBinary: true)),
            1 => ("0x07", () => ListAsync(partition, isBinary: false)),
            2 => ("0x07 tiny", () => TinyListAsync(partition)),
            3 => ("0x08", () => TellAsync(partition, Opcode.NotifyReplicasToRepair, ExtentTypes.Normal, NotifyLimit)),
            4 => ("0x0A", () => TellAsync(partition, Opcode.BroadcastMinAppliedId, ExtentTypes.Tiny, Limit)),
            5 => ("0x10", () => NumbersAsync(partition, Opcode.GetAppliedId, default, AnswerBytes.OneNumber)),
            6 => ("0x11", () => NumbersAsync(partition, Opcode.GetPartitionSize, normal, AnswerBytes.OneOrTwoNumbers)),
            7 => ("0x16", () => NumbersAsync(partition, Opcode.GetMaxExtentIdAndPartitionSize, default, AnswerBytes.TwoNumbers)),
            8 => ("0x14", () => RecordsAsync(partition, TinyDeleteRecord.Bytes * (long)_random.Next(1_000_000))),
            9 => ("0x15", () => RunsAsync(RunStream.Tiny, partition, new ExtentId((ulong)_random.Next(1, 65)), DrawPages() * 4096L, DrawPages() * 4096)),
            10 => ("0x17", () => RunsAsync(RunStream.Snapshot, partition, normal, _random.Next(1 << 24), DrawBytes())),
            11 => ("0x10 of its own", () => QuestionAsync(partition)),
            _ => ("0x09", () => FetchAsync(partition, normal, _random.Next(1 << 26), DrawBytes())),
        };
    }

    private int DrawPages() => 1 + _random.Next(_random.Next(20) == 0 ? 60 : 4);

    private int DrawBytes() => 1 + _random.Next(_random.Next(100) switch { 0 => RepairLine.RangeBytes, < 5 => 150_000, < 30 => 20_000, _ => 4096 });

    private SocketError? DrawDial()
    {
        var dice = _random.Next(200);
        _dialFault = dice == 0 ? SocketError.ConnectionRefused : dice == 1 ? SocketError.TimedOut : null;
        if (_dialFault is { } fault) _peer.Injected[(int)(fault == SocketError.TimedOut ? PeerFault.SilentDial : PeerFault.RefusedDial)]++;
        return _dialFault;
    }

    private int DrawReceive() => _random.Next(20) switch { 0 => 1, 1 => 57, 2 => 1000, _ => int.MaxValue };

    /// <summary>The line of the operation before, as long as everything on it was answered to the last byte; and now and then a new one.</summary>
    private async Task<RepairFailureException?> OnLineAsync(Func<RepairLine, Task<string?>> ask)
    {
        try
        {
            if (_line is not { IsOpen: true } || _random.Next(4) == 0)
            {
                _line?.Dispose();
                _line = null;
                _line = await RepairLine.DialAsync(Address, _parts, CancellationToken.None).ConfigureAwait(false);
            }

            if (await ask(_line).ConfigureAwait(false) is { } wrong) _figures.Wrong($"{_peer.LastFault}: {wrong}");
            return null;
        }
        catch (RepairFailureException e)
        {
            if (_line is { IsOpen: true }) _figures.Unexplained++; // a doubt kills the connection
            return e;
        }
    }

    private Task<RepairFailureException?> ListAsync(PartitionId partition, bool isBinary) => OnLineAsync(async line =>
    {
        var request = new PacketHeader { ExtentType = ExtentTypes.Normal, Opcode = Opcode.GetAllWatermarks, Partition = partition };
        var body = await line.AskAsync(request, isBinary ? "B"u8.ToArray() : [], AnswerBytes.UpTo(NormalList.BytesMax), Limit).ConfigureAwait(false);
        if (!NormalList.TryRead(Address, body, out var list, out var problem)) throw line.Distrust(request, "a list of normal extents, each once", problem);
        var right = PeerTruth.NormalList(_peer.Tick);
        return list.Ids.SequenceEqual(right.Select(one => one.Extent.Value).ToArray()) && list.Sizes.SequenceEqual(right.Select(one => (long)one.Size).ToArray()) ? null : "another list";
    });

    private Task<RepairFailureException?> TinyListAsync(PartitionId partition) => OnLineAsync(async line =>
    {
        var asked = Enumerable.Range(1, 1 + _random.Next(10)).Select(id => new ExtentId((ulong)id)).ToList();
        var request = new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAllWatermarks, Partition = partition };
        var body = await line.AskAsync(request, WatermarkRequest.WriteTiny(asked), AnswerBytes.UpTo(64 * 1024), Limit).ConfigureAwait(false);
        if (!TinyList.TryRead(Address, body, asked, out var list, out var problem)) throw line.Distrust(request, "the tiny extents that were asked for", problem);
        return PeerTruth.TinyList(asked, _peer.Tick).All(one => list.Sizes!.TryGetValue(one.Extent, out var size) && size == (long)one.Size) ? null : "another list of tiny extents";
    });

    private Task<RepairFailureException?> TellAsync(PartitionId partition, Opcode opcode, byte extentType, TimeSpan limit) => OnLineAsync(async line =>
    {
        await line.AskAsync(new PacketHeader { ExtentType = extentType, Opcode = opcode, Partition = partition }, PeerTruth.One(7), AnswerBytes.None, limit).ConfigureAwait(false);
        return _peer.Performed ? null : $"{opcode} counts as done and was not";
    });

    private Task<RepairFailureException?> NumbersAsync(PartitionId partition, Opcode opcode, ExtentId extent, AnswerBytes answer) => OnLineAsync(async line =>
    {
        var body = await line.AskAsync(new PacketHeader { Opcode = opcode, Partition = partition, Extent = extent }, [], answer, Limit).ConfigureAwait(false);
        return Compare(opcode, extent, body);
    });

    private string? Compare(Opcode opcode, ExtentId extent, ReadOnlySpan<byte> body)
    {
        var right = opcode switch
        {
            Opcode.GetAppliedId => PeerTruth.One(PeerTruth.Applied(_peer.Tick)),
            Opcode.GetPartitionSize => PeerTruth.Two(PeerTruth.Sizes(extent, _peer.Tick)),
            _ => PeerTruth.Two(PeerTruth.Totals(_peer.Tick)),
        };
        return body.SequenceEqual(right) ? null : $"{opcode} {Convert.ToHexString(body)} instead of {Convert.ToHexString(right)}";
    }

    /// <summary>The way that the keeper of applied ids asks: it is not told why there is no answer, but the events are.</summary>
    private async Task<RepairFailureException?> QuestionAsync(PartitionId partition)
    {
        var told = _events.Told;
        if (await _questions.AskAsync(Address, Opcode.GetAppliedId, partition, [], AnswerBytes.OneNumber, Limit).ConfigureAwait(false) is not { } body)
        {
            return _events.Told == told
                ? new RepairFailureException(RepairFailureKind.Lost, "no answer", ResultCode.None)
                : new RepairFailureException(RepairFailureKind.Violation, ReplyDoubtNames.Of(_events.Last), ResultCode.None) { Doubts = _events.Last };
        }

        if (Compare(Opcode.GetAppliedId, default, body) is { } wrong) _figures.Wrong($"{_peer.LastFault}: {wrong}");
        return null;
    }

    private Task<RepairFailureException?> FetchAsync(PartitionId partition, ExtentId extent, long offset, int bytes) => OnLineAsync(async line =>
    {
        await line.FetchAsync(partition, extent, offset, _buffer.AsMemory(0, bytes)).ConfigureAwait(false);
        return PeerTruth.Content(partition, extent, offset, bytes).SequenceEqual(_buffer.AsSpan(0, bytes)) ? null : $"other bytes of extent {extent}";
    });

    private Task<RepairFailureException?> RunsAsync(RunStream stream, PartitionId partition, ExtentId extent, long offset, int bytes) => OnLineAsync(async line =>
    {
        var runs = await line.FetchRunsAsync(stream, partition, extent, offset, bytes, _buffer).ConfigureAwait(false);
        var (at, end) = (offset, offset + bytes);
        foreach (var run in runs)
        {
            if (run.Offset != at) return $"a gap at {at} of extent {extent}";
            at = Math.Min(run.Offset + run.Bytes, end); // clipped by whoever writes
            var length = (int)(at - run.Offset);
            if (!run.IsHole && !PeerTruth.Content(partition, extent, run.Offset, length).SequenceEqual(_buffer.AsSpan(run.DataStart, length))) return $"other bytes of extent {extent}";
            for (var page = run.Offset / 4096; page * 4096 < at; page++)
                if (PeerTruth.IsHole(extent, page) != run.IsHole) return $"page {page} of extent {extent} is {(run.IsHole ? "no hole" : "a hole")}";
        }

        return at == end ? null : $"extent {extent} ends at {at}";
    });

    /// <summary>As the sync of delete records does it, up to what the task named.</summary>
    private Task<RepairFailureException?> RecordsAsync(PartitionId partition, long offset) => OnLineAsync(async line =>
    {
        var announced = HostilePeer.RecordsOf(offset);
        var request = await line.AskRecordsAsync(partition, offset).ConfigureAwait(false);
        for (var taken = 0; taken < announced;)
        {
            var received = Math.Min(announced - taken, await line.NextRecordsAsync(request, offset + taken, _buffer).ConfigureAwait(false));
            if (!PeerTruth.Content(partition, default, offset + taken, received).SequenceEqual(_buffer.AsSpan(0, received))) return "other records";
            taken += received;
        }

        line.Dispose();
        return null;
    });

    /// <summary>Counts what is told, and looks whether it explains anything.</summary>
    private sealed class CountingEvents(HostileFigures figures) : IDataPathEvents
    {
        public long Told { get; private set; }

        public ReplyDoubts Last { get; private set; }

        public void ReplyMismatch(ReplyMismatch mismatch)
        {
            Told++;
            Last = mismatch.Doubts;
            figures.Doubted(mismatch.Doubts);
            var isExplained = mismatch.Doubts != ReplyDoubts.None && mismatch.Peer == Address && mismatch.Expected.Length > 0 && mismatch.Received.Length > 0 && mismatch.Expected != mismatch.Received
                && mismatch.Partition.Value > 0;
            if (!isExplained) figures.Unexplained++;
        }

        public void Malformed(Caller caller, string what) => figures.Unexplained++;

        public void Refused(string remote, string why) => figures.Unexplained++;

        public void Stalled(Caller caller, string what) => figures.Unexplained++;

        public void DiskFault(PartitionGate gate, DiskFaultException fault) => figures.Unexplained++;

        public void Broken(string where, Exception e) => figures.Unexplained++;
    }
}
