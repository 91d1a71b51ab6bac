namespace CubeActors.Protocol;

/// <summary>Bits of <see cref="PacketHeader.ExtentType"/>. Test bits, never compare the byte: senders combine them freely.</summary>
/// <remarks>Source: CubeFS proto/packet.go NormalExtentType, PacketProtocolVersionFlag, VersionListFlag, MultiVersionFlag.</remarks>
public static class ExtentTypes
{
    /// <summary>Tiny: no bit. Decides only for appends, 0x02 and 0x07; reads and overwrites go by the extent id.</summary>
    public const byte Tiny = 0x00;
    public const byte Normal = 0x01;
    /// <summary>12 more header bytes: version sequence and protocol version 1. Clients since 3.5.0; new volumes insist on it.</summary>
    public const byte ProtocolVersion = 0x10;
    /// <summary>A <see cref="VersionList"/> follows the header. Volume snapshots only.</summary>
    public const byte VersionList = 0x40;
    /// <summary>8 more header bytes (within the 12 if both bits are set): the version sequence. Volume snapshots only.</summary>
    public const byte MultiVersion = 0x80;
}
