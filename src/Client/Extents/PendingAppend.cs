using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Bytes on their way to an extent. Owns one count of its lease until they are acknowledged or given up.</summary>
/// <remarks>Request id and CRC stay the same however often the packet moves to another extent.</remarks>
internal sealed class PendingAppend
{
    public required BufferLease Lease { get; init; }
    public required int Bytes { get; init; }
    public required uint Crc { get; init; }
    public required long RequestId { get; init; }
    public required long FileOffset { get; init; }

    /// <summary>Where it goes in the extent it was sent to last.</summary>
    public long ExtentOffset { get; set; }

    /// <summary>How often it was refused or lost while it was first in line.</summary>
    public int Errors { get; set; }
}
