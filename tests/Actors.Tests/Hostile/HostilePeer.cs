using System.Text;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Another replica that answers all requests of repair correctly, unless its seed says otherwise, and that knows what would have been right.</summary>
internal sealed partial class HostilePeer(HostileClock clock, Random random) : IHostilePeer
{
    private static readonly TimeSpan BeyondAllLimits = TimeSpan.FromHours(1);
    private static readonly PeerFault[] OfRequests =
        [.. Enum.GetValues<PeerFault>().Except([PeerFault.None, PeerFault.StalePending, PeerFault.RefusedDial, PeerFault.SilentDial])];

    private AnswerBuffer _answer = new();
    private AnswerBuffer _previous = new();

    /// <summary>Part of the requests that meet a fault.</summary>
    public double FaultShare { get; init; } = 0.25;

    /// <summary>Only these are drawn.</summary>
    public IReadOnlyList<PeerFault> Faults { get; init; } = OfRequests;

    /// <summary>A stale packet stands before the first request of each so-manieth connection; 0 for none.</summary>
    public int StalePendingOneIn { get; init; } = 50;

    /// <summary>Requests so far. What is right depends on it.</summary>
    public long Tick { get; private set; }

    /// <summary>What the last request met.</summary>
    public PeerFault LastFault { get; private set; }

    /// <summary>The last request was carried out; a success that comes without is a lie.</summary>
    public bool Performed { get; private set; }

    /// <summary>The last request was written to a connection that held bytes already.</summary>
    public bool WasDirty { get; private set; }

    /// <summary>How often each happened.</summary>
    public long[] Injected { get; } = new long[Enum.GetValues<PeerFault>().Length];

    public void Dialled(HostileConnection connection)
    {
        if (StalePendingOneIn == 0 || _answer.Parts.Count == 0 || random.Next(StalePendingOneIn) > 0) return;
        Injected[(int)PeerFault.StalePending]++;
        connection.Arrive(_answer.Of(_answer.Parts[random.Next(_answer.Parts.Count)]));
    }

    public void Asked(HostileConnection connection, in PacketHeader request, ReadOnlySpan<byte> data)
    {
        WasDirty = connection.Unread > 0;
        (_answer, _previous) = (_previous, _answer);
        Tick++;
        Write(request, data);
        LastFault = random.NextDouble() < FaultShare ? Faults[random.Next(Faults.Count)] : PeerFault.None;
        Performed = true;
        Do(connection, request, data);
        Injected[(int)LastFault]++;
    }

    private AnswerBuffer.Part Some() => _answer.Parts[random.Next(_answer.Parts.Count)];

    private void Do(HostileConnection connection, in PacketHeader request, ReadOnlySpan<byte> data)
    {
        switch (LastFault)
        {
            case PeerFault.Delay:
                connection.ArriveAfter(TimeSpan.FromMilliseconds(random.Next(1, 4000)), _answer.All);
                return;
            case PeerFault.SplitDelay:
                var half = random.Next(_answer.Length);
                connection.Arrive(_answer.All[..half]);
                connection.ArriveAfter(TimeSpan.FromMilliseconds(random.Next(1, 4000)), _answer.All[half..]);
                return;
            case PeerFault.Duplicate:
                Send(connection);
                Send(connection);
                return;
            case PeerFault.StaleThenRight when _previous.Length > 0:
                connection.Arrive(_previous.All);
                break;
            case PeerFault.Reordered when _answer.Parts.Count > 1:
                var at = random.Next(_answer.Parts.Count - 1);
                for (var i = 0; i < _answer.Parts.Count; i++) connection.Arrive(_answer.Of(_answer.Parts[i == at ? at + 1 : i == at + 1 ? at : i]));
                return;
            case PeerFault.Surplus:
                Send(connection);
                connection.Arrive(Requests.Noise(random.Next(1, 100), random.Next()));
                return;
            case PeerFault.GoesOn:
                Send(connection);
                connection.Arrive(_answer.Of(_answer.Parts[^1]));
                return;
            case PeerFault.PreviousAnswer when _previous.Length > 0:
                Performed = false;
                connection.Arrive(_previous.All);
                return;
            case PeerFault.ForeignRequestId or PeerFault.ForeignPartition or PeerFault.ForeignExtent or PeerFault.ForeignOpcode or PeerFault.ForeignOffset or PeerFault.NeitherResult:
                Falsify(request, data);
                break;
            case PeerFault.ForeignError:
                SendError(connection, request with { RequestId = request.RequestId - 1 - random.Next(3) });
                return;
            case PeerFault.ErrorReply:
                SendError(connection, request);
                return;
            case PeerFault.TooShort or PeerFault.TooLong or PeerFault.EmptyBody:
                ChangeLength(request, data);
                break;
            case PeerFault.WrongCrc:
                Falsify(request, data);
                break;
            case PeerFault.CorruptData:
                CorruptOne();
                break;
            case PeerFault.StrangeArg:
                Falsify(request, data);
                break;
            case PeerFault.NegativeCount or PeerFault.ForeignList:
                ChangeList(request, data);
                break;
            case PeerFault.ChangedPromise or PeerFault.EmptyRun:
                ChangeRun();
                break;
            case PeerFault.VersionList:
                var listed = Some();
                _answer.Rewrite(listed, listed.Header with { ExtentType = (byte)(listed.Header.ExtentType | ExtentTypes.VersionList) });
                break;
            case PeerFault.Garbage:
                Performed = false;
                var garbage = Requests.Noise(random.Next(1, 200), random.Next());
                if (random.Next(2) == 0) garbage[0] = PacketHeader.Magic;
                connection.Arrive(garbage);
                return;
            case PeerFault.OversizedSize or PeerFault.OversizedArg:
                Performed = false;
                var first = _answer.Parts[0];
                _answer.Rewrite(first, LastFault == PeerFault.OversizedSize
                    ? first.Header with { Size = (uint)random.NextInt64(70 << 20, uint.MaxValue) } : first.Header with { ArgBytes = (uint)random.NextInt64(70_000, uint.MaxValue) });
                break;
            case PeerFault.ZeroProgress:
                Performed = false;
                SendForEver(connection, _answer.Parts[0].Header);
                return;
            case PeerFault.Trickle:
                Trickle(connection, _answer.All.ToArray(), 0, 1, TimeSpan.FromSeconds(4));
                return;
            case PeerFault.TricklePackets:
                TricklePackets(connection, request);
                return;
            case PeerFault.Stall:
                Performed = false;
                return;
            case PeerFault.StallMidFrame:
                Performed = false;
                connection.Arrive(_answer.All[..random.Next(_answer.Length)]);
                return;
            case PeerFault.Late:
                Performed = false;
                connection.ArriveAfter(BeyondAllLimits, _answer.All);
                return;
            case PeerFault.CloseAtOnce:
                Performed = false;
                connection.End();
                return;
            case PeerFault.CloseMidFrame:
                Performed = false;
                connection.Arrive(_answer.All[..random.Next(_answer.Length)]);
                connection.End();
                return;
            case PeerFault.Reset:
                Performed = false;
                connection.Reset();
                return;
            case PeerFault.None:
                break;
            default:
                LastFault = PeerFault.None; // it does not apply to this request
                break;
        }

        Send(connection);
    }

    private void Send(HostileConnection connection) => connection.Arrive(_answer.All);

    /// <summary>The answer to something else, with one field that tells.</summary>
    private void Falsify(in PacketHeader request, ReadOnlySpan<byte> data)
    {
        Performed = false;
        var part = Some();
        PacketHeader header;
        if (part.HasCrcOfData)
        {
            var others = _answer.DataOf(part);
            PeerTruth.Content(part.Header.Partition, new ExtentId(part.Header.Extent.Value + 7777), part.Header.ExtentOffset + random.Next(1000), others.Length).CopyTo(others);
            header = part.Header with { Crc = CubeActors.Runtime.Crc32.Compute(others) };
        }
        else
        {
            Tick += 1000;
            _answer.Clear();
            Write(request, data);
            Tick -= 1000;
            part = _answer.Parts[0];
            header = part.Header;
        }

        header = LastFault switch
        {
            PeerFault.ForeignRequestId => header with { RequestId = header.RequestId - 1 - random.Next(3) },
            PeerFault.ForeignPartition => header with { Partition = new PartitionId(header.Partition.Value + 1) },
            PeerFault.ForeignExtent => header with { Extent = new ExtentId(header.Extent.Value + 1) },
            PeerFault.ForeignOpcode => header with { Opcode = random.Next(2) == 0 ? Opcode.StreamFollowerRead : Opcode.Write },
            PeerFault.ForeignOffset => header with { ExtentOffset = header.ExtentOffset + random.Next(1, 9) * 4096 },
            PeerFault.NeitherResult => header with { Result = ResultCode.None },
            PeerFault.WrongCrc => header with { Crc = header.Crc ^ (1u << random.Next(32)) },
            _ => header,
        };
        if (LastFault == PeerFault.StrangeArg) WithStrangeArg(part, header);
        else _answer.Rewrite(part, header);
    }

    /// <summary>An Arg in a packet that has none, or one of another length.</summary>
    private void WithStrangeArg(AnswerBuffer.Part part, PacketHeader header)
    {
        var data = _answer.DataOf(part).ToArray();
        _answer.Clear();
        _answer.Add(header, new byte[part.ArgBytes == 0 ? 8 : 16], data, part.HasCrcOfData);
    }

    private void ChangeLength(in PacketHeader request, ReadOnlySpan<byte> data)
    {
        Performed = false;
        var part = _answer.Parts[^1];
        var others = _answer.DataOf(part).ToArray();
        var arg = _answer.ArgOf(part).ToArray();
        byte[] changed = LastFault switch
        {
            PeerFault.EmptyBody => [],
            PeerFault.TooShort => others.Length > 0 ? others[..^1] : [1],
            _ => [.. others, .. Requests.Noise(8, random.Next())],
        };
        if (others.Length == 0 && changed.Length == 0)
        {
            (LastFault, Performed) = (PeerFault.None, true);
            return;
        }

        if (_answer.Parts.Count > 1)
        {
            // Only the last of several: it is the one that can go beyond what was asked for.
            var before = _answer.Parts.Take(_answer.Parts.Count - 1).Select(one => (one.Header, Arg: _answer.ArgOf(one).ToArray(), Data: _answer.DataOf(one).ToArray(), one.HasCrcOfData)).ToList();
            _answer.Clear();
            foreach (var one in before) _answer.Add(one.Header, one.Arg, one.Data, one.HasCrcOfData);
        }
        else
        {
            _answer.Clear();
        }

        _answer.Add(part.Header, arg, changed, part.HasCrcOfData);
    }

    private void CorruptOne()
    {
        var part = Some();
        if (!part.HasCrcOfData || part.DataBytes == 0)
        {
            LastFault = PeerFault.None;
            return;
        }

        _answer.DataOf(part)[random.Next(part.DataBytes)] ^= (byte)(1 << random.Next(8));
    }

    private void ChangeList(in PacketHeader request, ReadOnlySpan<byte> data)
    {
        if (request.Opcode != Opcode.GetAllWatermarks)
        {
            LastFault = PeerFault.None;
            return;
        }

        Performed = false;
        var isNormal = request.IsNormalExtent;
        byte[] body = LastFault == PeerFault.NegativeCount ? [(byte)'M', 0xFF, 0xFF, 0xFF, 0xFE]
            : WatermarkJson.Write(random.Next(2) == 0
                ? [new Watermark { Extent = new ExtentId(isNormal ? 7UL : 1030UL), Size = 4096 }]
                : [.. Enumerable.Repeat(new Watermark { Extent = new ExtentId(isNormal ? 1030UL : AskedFor(data)[0].Value), Size = 4096 }, 2)]);
        var header = _answer.Parts[0].Header;
        _answer.Clear();
        _answer.Add(header, default, body, hasCrcOfData: false);
    }

    private void ChangeRun()
    {
        var part = _answer.Parts[^1];
        if (part.ArgBytes != TinyRepairArg.Bytes)
        {
            LastFault = PeerFault.None;
            return;
        }

        Assert.True(TinyRepairArg.TryRead(_answer.ArgOf(part), out var about));
        if (LastFault == PeerFault.ChangedPromise)
        {
            (about with { StreamBytes = _answer.Parts.Count > 1 ? about.StreamBytes - 1 : 1UL << 40 }).Write(_answer.ArgOf(part));
            return;
        }

        about = about.IsHole ? about with { HoleBytes = 0 } : new TinyRepairArg(false, 0, about.StreamBytes);
        var data = about.IsHole ? _answer.DataOf(part).ToArray() : [];
        var arg = new byte[TinyRepairArg.Bytes];
        about.Write(arg);
        _answer.Clear();
        _answer.Add(part.Header, arg, data, hasCrcOfData: true);
    }

    private void SendError(HostileConnection connection, PacketHeader request)
    {
        Performed = false;
        var (code, text) = random.Next(4) switch
        {
            0 => (ResultCode.NotExist, "ActionStreamRead_extent has been deleted"),
            1 => (ResultCode.ReadRepairAgain, "ActionStreamRead_no disk read repair extent token"),
            2 => (ResultCode.TryOtherAddress, "ActionPreparePkt_data partition not exists"),
            _ => (ResultCode.IntraGroupNetError, "ActionStreamRead_repair limit, cannot do extentRepair"),
        };
        _answer.Clear();
        _answer.Add(request with { Result = code }, default, Encoding.ASCII.GetBytes(text), hasCrcOfData: false);
        Send(connection);
    }

    /// <summary>Packets that are right in every field and bring nothing, or one that is stale, again and again.</summary>
    private static void SendForEver(HostileConnection connection, PacketHeader header)
    {
        var packet = Requests.Build(header with { Size = 0, Crc = 0, RequestId = header.Size == 0 ? header.RequestId - 1 : header.RequestId }, header.ArgBytes == 0 ? [] : new byte[header.ArgBytes], []);
        connection.ArriveForEver(() => packet);
    }

    private void Trickle(HostileConnection connection, byte[] bytes, int at, int step, TimeSpan pause)
    {
        if (at >= bytes.Length || connection.IsClosed) return;
        connection.Arrive(bytes.AsSpan(at, Math.Min(step, bytes.Length - at)));
        clock.After(pause, () => Trickle(connection, bytes, at + step, step, pause));
    }

    /// <summary>The right bytes in the smallest packets there can be, each in its time.</summary>
    private void TricklePackets(HostileConnection connection, in PacketHeader request)
    {
        var unit = request.Opcode switch { Opcode.ExtentRepairRead => 1, Opcode.ReadTinyDeleteRecord => TinyDeleteRecord.Bytes, _ => 0 };
        if (unit == 0)
        {
            LastFault = PeerFault.Trickle;
            Trickle(connection, _answer.All.ToArray(), 0, 1, TimeSpan.FromSeconds(4));
            return;
        }

        var head = _answer.Parts[0].Header;
        var content = _answer.Parts[0].DataBytes == 0 ? [] : _answer.DataOf(_answer.Parts[0])[..Math.Min(_answer.Parts[0].DataBytes, 100 * unit)].ToArray();
        _answer.Clear();
        for (var at = 0; at < content.Length; at += unit) _answer.Add(head with { ExtentOffset = head.ExtentOffset + at }, default, content.AsSpan(at, unit), hasCrcOfData: true);
        if (_answer.Length > 0) Trickle(connection, _answer.All.ToArray(), 0, PacketHeader.BaseBytes + unit, TimeSpan.FromSeconds(4));
    }
}
