using CubeActors.Protocol.Master;

namespace CubeActors.Client;

/// <summary>Words for the codes of a master's envelope.</summary>
internal static class MasterErrors
{
    /// <summary>Code 1 says it in its message; the other codes have fixed meanings and their message is only added.</summary>
    /// <remarks>Source: CubeFS proto/errors.go, the codes that a data node or a client can meet.</remarks>
    public static string Text(int code, string message)
    {
        if (code == MasterReply.InternalError && message.Length > 0) return message;
        var meaning = code switch
        {
            MasterReply.InternalError => "internal error",
            MasterReply.ParameterError => "parameter error",
            MasterReply.VolumeMissing => "the volume does not exist",
            MasterReply.PartitionMissing => "the data partition does not exist",
            MasterReply.DataNodeMissing => "the data node does not exist",
            MasterReply.InvalidClientKey => "invalid client id key",
            _ => $"error code {code}",
        };
        return message.Length == 0 || message == meaning ? meaning : $"{meaning} ({message})";
    }
}
