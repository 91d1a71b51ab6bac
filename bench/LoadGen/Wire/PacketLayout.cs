using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>Sizes of the data plane that the jobs go by, and the extent type that a client of 3.5 sends.</summary>
internal static class PacketLayout
{
    /// <summary>128 KiB: the longest append and the longest piece of read data. Source: CubeFS util/unit.go BlockSize.</summary>
    public const int BlockBytes = 128 * 1024;

    /// <summary>128 MiB. Source: CubeFS util/unit.go ExtentSize.</summary>
    public const long ExtentBytesMax = 128 * 1024 * 1024;

    /// <summary>Source: the SDK's create, append and read packets carry 0x11.</summary>
    public const byte ClientExtentType = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;
}
