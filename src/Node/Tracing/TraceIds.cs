using System.Buffers.Binary;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Ids of traces and spans. Pure: every replica that gets a request finds the same ids for it, without a byte more on the wire.</summary>
/// <remarks>
/// The protocol of CubeFS has no room for a trace. A request that a chain leader forwards keeps opcode, partition, extent, offset and request id, so that the trace is
/// made of these, and whether it is sampled as well. Replicas may run different versions of this program: the functions here never change.
/// </remarks>
internal static class TraceIds
{
    public static TraceId Of(in RequestKey key)
    {
        var mixed = Mix(Mix(Mix((byte)key.Opcode, key.Partition.Value), key.Extent.Value), (ulong)key.Offset);
        var low = Mix(mixed, (ulong)key.RequestId);
        return new TraceId(Mix(low, 1), low == 0 ? 1 : low); // all zeros are no id
    }

    /// <summary>An operation's id is that of its trace; of one that goes on with an earlier one, that of the earlier.</summary>
    public static TraceId Of(Guid operation)
    {
        Span<byte> bytes = stackalloc byte[16];
        operation.TryWriteBytes(bytes, bigEndian: true, out _); // as it is written in the log
        return new TraceId(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>A span of a trace, by what it is.</summary>
    /// <param name="what">Differs for spans of one trace.</param>
    public static SpanId SpanOf(TraceId trace, ulong what) => new(Mix(trace.Low ^ trace.High, what) is var id and not 0 ? id : 1);

    /// <inheritdoc cref="SpanOf(TraceId, ulong)"/>
    public static SpanId SpanOf(TraceId trace, string what)
    {
        var mixed = 0UL;
        foreach (var character in what) mixed = Mix(mixed, character);
        return SpanOf(trace, mixed);
    }

    /// <summary>One in <paramref name="oneIn"/>, the same wherever it is asked.</summary>
    public static bool IsSampled(TraceId trace, int oneIn) => oneIn > 0 && trace.Low % (ulong)oneIn == 0;

    /// <summary>SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.</summary>
    private static ulong Mix(ulong state, ulong value)
    {
        var mixed = (state ^ value) + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
