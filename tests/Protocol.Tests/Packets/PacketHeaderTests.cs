using CubeActors.Runtime;

namespace CubeActors.Protocol.Tests;

public sealed class PacketHeaderTests
{
    public static TheoryData<GoldenPacket> Packets => new(Golden.All);

    [Theory, MemberData(nameof(Packets))]
    public void A_golden_packet_reads_as_the_header_it_was_made_of(GoldenPacket packet)
    {
        Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(packet.Bytes, packet.Limits, out var header, out var bytesRead));
        Assert.Equal(packet.Header, header);
        Assert.Equal(packet.Header.EncodedBytes, bytesRead);
        Assert.Equal(packet.Arg, packet.Bytes.AsSpan(bytesRead, (int)header.ArgBytes).ToArray());
        if (packet.Data is not null)
        {
            Assert.Equal((uint)packet.Data.Length, header.DataBytes);
            Assert.Equal(packet.Data, packet.Bytes[(bytesRead + (int)header.ArgBytes)..]);
        }
    }

    [Theory, MemberData(nameof(Packets))]
    public void A_golden_header_is_written_byte_for_byte(GoldenPacket packet)
    {
        var written = new byte[PacketHeader.BytesMax];
        var bytes = packet.Header.Write(written);
        Assert.Equal(packet.Bytes[..packet.Header.EncodedBytes], written[..bytes]);
        Assert.All(written[bytes..], rest => Assert.Equal(0, rest));
    }

    [Theory, MemberData(nameof(Packets))]
    public void A_header_cut_at_any_byte_asks_for_more(GoldenPacket packet)
    {
        for (var cut = 0; cut < packet.Header.EncodedBytes; cut++)
        {
            Assert.Equal(DecodeStatus.NeedMore, PacketHeader.TryRead(packet.Bytes.AsSpan(0, cut), packet.Limits, out var header, out var bytesRead));
            Assert.Equal((default, 0), (header, bytesRead));
        }
    }

    [Fact]
    public void The_crc_of_written_and_read_data_covers_exactly_the_data()
    {
        foreach (var packet in new[] { Golden.Append, Golden.AppendHop, Golden.Overwrite, Golden.ReadLastBlock, Golden.TinyRepairRest, Captured.TinyAppend, Captured.StreamReadData })
            Assert.Equal(packet.Header.Crc, Crc32.Compute(packet.Data));
    }

    [Fact]
    public void Any_other_first_byte_is_refused_at_once()
    {
        for (var first = 0; first < PacketHeader.Magic; first++)
            Assert.Equal(DecodeStatus.Malformed, PacketHeader.TryRead([(byte)first], PacketLimits.Requests, out _, out _));
    }

    [Theory]
    [InlineData(0x00, 57)]
    [InlineData(0x01, 57)]
    [InlineData(0x40, 57)]
    [InlineData(0x80, 65)]
    [InlineData(0x81, 65)]
    [InlineData(0x10, 69)]
    [InlineData(0x11, 69)]
    [InlineData(0x90, 69)]
    [InlineData(0xff, 69)]
    public void The_extent_type_decides_how_long_the_header_is(byte extentType, int bytes)
    {
        var header = Golden.Append.Header with { ExtentType = extentType };
        Assert.Equal(bytes, header.EncodedBytes);
        Assert.Equal(bytes, header.Write(new byte[PacketHeader.BytesMax]));
    }

    [Fact]
    public void Headers_with_any_field_values_survive_a_round_trip()
    {
        const int Seed = 20241103;
        var random = new Random(Seed);
        var encoded = new byte[PacketHeader.BytesMax];
        for (var round = 0; round < 20_000; round++)
        {
            var extentType = (byte)random.Next(256);
            var versioned = (extentType & (ExtentTypes.ProtocolVersion | ExtentTypes.MultiVersion)) != 0;
            var header = new PacketHeader(extentType, (Opcode)random.Next(256), (ResultCode)random.Next(256), (byte)random.Next(256),
                (uint)random.NextInt64(1L << 32), (uint)random.Next((int)PacketLimits.NumberBytesMax), (uint)random.Next((int)PacketLimits.TextBytesMax),
                new PartitionId((ulong)random.NextInt64(long.MinValue, long.MaxValue)), new ExtentId((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
                random.NextInt64(long.MinValue, long.MaxValue), random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                versioned ? (ulong)random.NextInt64() : 0);
            var bytes = header.Write(encoded);
            var status = PacketHeader.TryRead(encoded.AsSpan(0, bytes), PacketLimits.Requests, out var read, out var bytesRead);
            Assert.True(status == DecodeStatus.Complete && read == header && bytesRead == bytes, $"seed {Seed}, round {round}: {header}");
        }
    }

    [Fact]
    public void Random_bytes_behind_the_magic_never_throw()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        var bytes = new byte[100];
        var malformed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(bytes);
            bytes[0] = PacketHeader.Magic;
            var status = PacketHeader.TryRead(bytes, PacketLimits.Requests, out _, out var bytesRead);
            Assert.NotEqual(DecodeStatus.NeedMore, status);
            Assert.Equal(status == DecodeStatus.Complete, bytesRead > 0);
            if (status == DecodeStatus.Malformed) malformed++;
        }
        Assert.InRange(malformed, 19_000, 20_000); // lengths of random bytes are absurd nearly always
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        var encoded = new byte[PacketHeader.BytesMax];
        Golden.Append.Header.Write(encoded); // once, so that the code is compiled
        PacketHeader.TryRead(encoded, PacketLimits.Requests, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++)
        {
            PacketHeader.TryRead(encoded, PacketLimits.Requests, out var header, out _);
            header.ToFollower().Write(encoded);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_destination_that_is_too_short_is_our_own_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Golden.Append.Header.Write(new byte[PacketHeader.BaseBytes]));
}
