using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>What is the same in every packet that a client sends.</summary>
internal static class ClientPackets
{
    /// <summary>0x11. Source: the create, append and read packets of the SDK of CubeFS 3.5.</summary>
    public const byte ExtentType = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;
}
