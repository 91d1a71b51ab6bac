using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The fifteen keys <c>disk{Read,Write,AsyncRead,AsyncWrite,Delete}{Iocc,Iops,Flow}</c> and the limits that they name. Pure.</summary>
internal static class QosKeys
{
    public static IReadOnlyList<string> All { get; } =
        [.. from kind in (string[])["Read", "Write", "AsyncRead", "AsyncWrite", "Delete"] from limit in (string[])["Iocc", "Iops", "Flow"] select $"disk{kind}{limit}"];

    /// <param name="values">By key; the other limits stay.</param>
    public static DiskQosSettings Apply(DiskQosSettings settings, IReadOnlyDictionary<string, int> values)
    {
        return settings with
        {
            Read = Of("Read", settings.Read),
            Write = Of("Write", settings.Write),
            AsyncRead = Of("AsyncRead", settings.AsyncRead),
            AsyncWrite = Of("AsyncWrite", settings.AsyncWrite),
            Delete = Of("Delete", settings.Delete),
        };

        DiskClassLimits Of(string kind, DiskClassLimits known) => new(
            values.GetValueOrDefault($"disk{kind}Iocc", known.Concurrent), values.GetValueOrDefault($"disk{kind}Iops", known.OperationsPerSecond),
            values.GetValueOrDefault($"disk{kind}Flow", known.BytesPerSecond));
    }
}
