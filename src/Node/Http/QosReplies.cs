using System.Text.Json.Serialization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The limits of the disks' work in the shape of CubeFS. Pure: limits in, reply out.</summary>
internal static class QosReplies
{
    /// <param name="qos">Null until the node exists: then no disk is listed.</param>
    public static OperatorReply Show(IDiskQos? qos, string zone) => OperatorReply.Ok(
        new QosList([.. qos?.Disks.Select(disk => Describe(qos, disk)) ?? []], zone), OperatorJson.Default.QosList);

    /// <param name="qos"><inheritdoc cref="Show"/></param>
    /// <remarks>Which partition reads at the moment is not told: dp is 0.</remarks>
    public static OperatorReply ReadLimits(IDiskQos? qos) => OperatorReply.Ok(
        new ReadLimitList([.. qos?.Disks.Select(disk => new ReadLimitItem(disk.Path, qos.OneRepairReadPerDisk, 0)) ?? []]), OperatorJson.Default.ReadLimitList);

    private static QosItem Describe(IDiskQos qos, DiskQosFigures disk)
    {
        var settings = qos.Settings;
        return new QosItem(
            disk.Path, settings.IsEnabled || qos.IsEnabledByMaster, settings.IsAsyncEnabled, Of(disk.Read), Of(disk.Write) with { Factor = qos.WriteQueueFactor },
            Of(disk.AsyncRead), Of(disk.AsyncWrite), Of(disk.Delete),
            new QosOperations(
                settings.Read.OperationsPerSecond, settings.Write.OperationsPerSecond, settings.AsyncRead.OperationsPerSecond, settings.AsyncWrite.OperationsPerSecond,
                settings.Delete.OperationsPerSecond));
    }

    private static QosLimiter Of(IoGateFigures gate) => new(
        gate.Bytes, gate.BytesUsed, gate.Concurrency, gate.QueueMax, gate.Running, gate.Waiting, 0, gate.Concurrency > 0 ? gate.QueueMax / gate.Concurrency : 0);
}

internal sealed record QosList(IReadOnlyList<QosItem> Disks, string Zone);

internal sealed record QosItem(
    string Path, bool QosEnable, bool AsyncQosEnable, QosLimiter Read, QosLimiter Write, QosLimiter AsyncRead, QosLimiter AsyncWrite, QosLimiter Delete,
    [property: JsonPropertyName("IopsStatus")] QosOperations IopsStatus);

/// <param name="IOHanging">Always 0: work that was admitted is done, and none is given up while it waits.</param>
internal sealed record QosLimiter(
    [property: JsonPropertyName("FlowLimit")] long FlowLimit, [property: JsonPropertyName("FlowUsed")] long FlowUsed, [property: JsonPropertyName("IOConcurrency")] int IOConcurrency,
    [property: JsonPropertyName("IOQueue")] int IOQueue, [property: JsonPropertyName("IORunning")] int IORunning, [property: JsonPropertyName("IOWaiting")] int IOWaiting,
    [property: JsonPropertyName("IOHanging")] int IOHanging, [property: JsonPropertyName("Factor")] int Factor);

internal sealed record QosOperations(
    [property: JsonPropertyName("ReadIops")] int ReadIops, [property: JsonPropertyName("WriteIops")] int WriteIops, [property: JsonPropertyName("AsyncReadIops")] int AsyncReadIops,
    [property: JsonPropertyName("AsyncWriteIops")] int AsyncWriteIops, [property: JsonPropertyName("DeleteIops")] int DeleteIops);

internal sealed record ReadLimitList(IReadOnlyList<ReadLimitItem> Infos);

internal sealed record ReadLimitItem(string DiskPath, bool ExtentReadLimitStatus, ulong Dp);
