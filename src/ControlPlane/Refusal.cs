using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

/// <summary>An expected "no" of the master: what goes into <c>code</c> and <c>msg</c> of the envelope.</summary>
/// <remarks>CubeFS clients show the message of <see cref="MasterReply.InternalError"/> only; the other codes become fixed texts there.</remarks>
internal sealed record Refusal(int Code, string Message)
{
    /// <summary>Source: CubeFS proto/errors.go ErrCodeNoAvailDataPartition.</summary>
    public const int NoAvailablePartition = 18;

    public static Refusal BadParameter(string message) => new(MasterReply.ParameterError, message);
    public static Refusal Failed(string message) => new(MasterReply.InternalError, message);
    public static Refusal NoVolume(string name) => new(MasterReply.VolumeMissing, $"vol not exists: {name}");
}
