namespace CubeActors.Actors;

/// <summary>The limits of each disk's I/O as datanode.json sets them, by class. Masters and operators may change them while the node runs.</summary>
/// <remarks>Source: CubeFS datanode/server.go initQosLimit. Every limit is one disk's, and 0 means none.</remarks>
/// <param name="IsEnabled">diskQosEnable: client I/O waits for flow and operations, if the master wants it too.</param>
/// <param name="IsAsyncEnabled">diskAsyncQosEnable: repair and deletes wait for theirs.</param>
public sealed record DiskQosSettings(
    bool IsEnabled, bool IsAsyncEnabled, DiskClassLimits Read, DiskClassLimits Write, DiskClassLimits AsyncRead, DiskClassLimits AsyncWrite, DiskClassLimits Delete)
{
    /// <summary>diskAsyncReadIocc and diskAsyncWriteIocc where they are absent or 0. Source: as above.</summary>
    public const int AsyncConcurrentDefault = 100;

    /// <summary>What an empty configuration means.</summary>
    public static readonly DiskQosSettings Default = new(
        IsEnabled: true, IsAsyncEnabled: true, Read: default, Write: default, AsyncRead: new(AsyncConcurrentDefault, 0, 0), AsyncWrite: new(AsyncConcurrentDefault, 0, 0),
        Delete: default);
}

/// <summary>What one class of I/O may do on one disk. 0 means no limit.</summary>
/// <param name="Concurrent">Operations at a time.</param>
/// <param name="OperationsPerSecond">At most 2^31-1, as all three: a CubeFS node reads a larger number as 0.</param>
/// <param name="BytesPerSecond">Bytes of data.</param>
public readonly record struct DiskClassLimits(int Concurrent, int OperationsPerSecond, int BytesPerSecond);
