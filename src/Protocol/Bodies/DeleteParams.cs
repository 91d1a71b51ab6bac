using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>Data of 0x75 and 0x76: the JSON array of <see cref="DeleteParam"/>, executed in order.</summary>
public static class DeleteParams
{
    /// <summary>Metanodes send 128 by default, a number that the master can change. Source: CubeFS metanode/nodeinfo.go DefaultDeleteBatchCounts.</summary>
    public const int ParamsMax = 16 * 1024;

    /// <returns>False if it is no such array, or one of more than <paramref name="paramsMax"/>.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, out List<DeleteParam> parameters, int paramsMax = ParamsMax) =>
        GoJson.TryReadList(data, paramsMax, BodyJson.Default.DeleteParam, out parameters);

    public static byte[] Write(IReadOnlyList<DeleteParam> parameters) =>
        JsonSerializer.SerializeToUtf8Bytes(parameters, BodyJson.Default.IReadOnlyListDeleteParam);
}
