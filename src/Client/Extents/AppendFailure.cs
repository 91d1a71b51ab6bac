using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>Why a create or an append did not succeed: a refusal, or a connection that failed.</summary>
internal readonly record struct AppendFailure(PacketReply? Reply, ConnectionFailedException? Cause)
{
    /// <summary>It passes by itself: wait, and blame neither partition nor host.</summary>
    public bool IsOverload => Reply is { Code: ResultCode.LimitedIo or ResultCode.Again };

    public override string ToString() => Cause?.Message ?? Reply?.ToString() ?? "nothing was tried";
}
