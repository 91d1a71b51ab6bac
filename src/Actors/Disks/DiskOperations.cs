using Akka.Actor;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How an order ended: why it was refused, or null, and what it answers.</summary>
internal delegate void Answer(string? refusal, byte[]? data = null);

/// <summary>The way of an operator's orders to the actors. Open once the supervisor exists.</summary>
/// <param name="patience">An order that is not answered by then is refused; it may still be carried out.</param>
internal sealed class DiskOperations(TimeProvider time, TimeSpan patience) : IDiskOperations
{
    /// <summary>Something is to be done with one partition; answered once.</summary>
    public sealed record PartitionOrder(PartitionId Partition, PartitionCommand Command, Answer Answer);

    /// <summary>A partition is to be loaded from a disk; answered once.</summary>
    public sealed record LoadOrder(PartitionId Partition, string Disk, Answer Answer);

    /// <summary>Something is to be done with one disk; answered once.</summary>
    public sealed record DiskOrder(string Disk, DiskCommand Command, Answer Answer);

    private volatile IActorRef? _supervisor;

    public void Open(IActorRef supervisor) => _supervisor = supervisor;

    public Task<string?> ReloadPartition(PartitionId partition) => Send(answer => new PartitionOrder(partition, PartitionCommand.Reload, answer));

    public Task<string?> DetachPartition(PartitionId partition) => Send(answer => new PartitionOrder(partition, PartitionCommand.Detach, answer));

    public Task<string?> LoadPartition(PartitionId partition, string disk) => Send(answer => new LoadOrder(partition, disk, answer));

    public Task<string?> SetDiskBad(string disk) => Send(answer => new DiskOrder(disk, DiskCommand.SetBad, answer));

    public Task<string?> MarkDiskBroken(string disk) => Send(answer => new DiskOrder(disk, DiskCommand.Break, answer));

    public Task<string?> MarkPartitionBroken(PartitionId partition, bool isWhole) =>
        Send(answer => new PartitionOrder(partition, isWhole ? PartitionCommand.Restore : PartitionCommand.Break, answer));

    private async Task<string?> Send(Func<Answer, object> order)
    {
        if (_supervisor is not { } supervisor) return "the node is not started";
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        supervisor.Tell(order((refusal, _) => done.TrySetResult(refusal)), ActorRefs.NoSender);
        try
        {
            return await done.Task.WaitAsync(patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"no answer within {patience.TotalSeconds:0} s, the disk may hang; look at the node's log";
        }
    }
}

/// <summary>What an operator may do with a partition.</summary>
internal enum PartitionCommand
{
    Reload,
    Detach,

    /// <summary>It meets an I/O error, as a test.</summary>
    Break,

    /// <summary>Its count of I/O errors is cleared, and it is loaded anew.</summary>
    Restore,
}

/// <summary>What an operator may do with a disk.</summary>
internal enum DiskCommand
{
    SetBad,

    /// <summary>All its partitions meet an I/O error, as a test.</summary>
    Break,
}
