using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>Moves one replica from one node to another, with the tasks and in the order of a master of CubeFS. One thread.</summary>
/// <remarks>Source: docs of the master's flow in CubeFS master/data_partition_decommission.go; every step is repeated until it is done.</remarks>
internal sealed class ReplicaMove(PartitionBook book, TrialNode source, TrialNode target, bool addsFirst, int replicas, MoveContext context)
{
    /// <summary>A master waits 30 s for an answer to a task.</summary>
    private static readonly TimeSpan TaskPatience = TimeSpan.FromSeconds(30);

    /// <summary>Of the partition; it is in the directory's name.</summary>
    public const long PartitionBytes = 1L << 30;

    /// <summary>Source: CubeFS proto/model.go DecommissionedCreateDataPartition.</summary>
    private const int CreatedByDecommission = 1;

    /// <summary>Tries of steps that were refused or lost.</summary>
    public int Retries { get; private set; }

    /// <summary>From the order to fill the new replica until it was reported as one.</summary>
    public TimeSpan Filled { get; private set; }

    /// <summary>Normal extents of the new replica, and their bytes, when it was reported as one.</summary>
    public (long Bytes, int Extents) Copied { get; private set; }

    public void Run()
    {
        using var line = new PacketLine(TaskPatience);
        if (!addsFirst) RemoveSource(line);
        AddTarget(line);
        AwaitFilled();
        if (addsFirst) RemoveSource(line);
        Do("the repairing status is cleared (0x8C)", () => ToLeader(
            line, Opcode.SetRepairingStatus, new SetRepairingStatusRequest { PartitionId = book.Id, RepairingStatus = false }, MasterJson.Default.SetRepairingStatusRequest));
    }

    private void RemoveSource(PacketLine line)
    {
        var wasLeader = Leader() == source;
        var removal = new RemoveRaftMemberRequest { PartitionId = book.Id, RemovePeer = PartitionBook.PeerOf(source) };
        Do($"{source.Name} leaves the group (0x68)", () => ToLeader(line, Opcode.RemoveDataPartitionRaftMember, removal, MasterJson.Default.RemoveRaftMemberRequest));
        book.Remove(source);
        Do($"the replica on {source.Name} is deleted (0x61)", () =>
            Tell(line, source, Opcode.DeleteDataPartition, new DeleteDataPartitionRequest { PartitionId = book.Id }, MasterJson.Default.DeleteDataPartitionRequest));
        if (!wasLeader && Leader() is not null) return;
        // Of a group that has no leader the first host is told to stand for election.
        Do($"{book.Hosts[0].Name} is told to lead (0x69)", () => Tell(
            line, book.Hosts[0], Opcode.DataPartitionTryToLeader, new DeleteDataPartitionRequest { PartitionId = book.Id }, MasterJson.Default.DeleteDataPartitionRequest));
    }

    private void AddTarget(PacketLine line)
    {
        var addition = new AddRaftMemberRequest { PartitionId = book.Id, AddPeer = PartitionBook.PeerOf(target), RepairingStatus = true };
        Do($"{target.Name} becomes a member (0x67)", () => ToLeader(line, Opcode.AddDataPartitionRaftMember, addition, MasterJson.Default.AddRaftMemberRequest));
        book.Add(target);
        var used = context.Master.Reports.Of(book.Hosts[0].Address, book.Id, 0)?.Used ?? 0;
        Do($"a replica is made on {target.Name} (0x60)", () => Tell(line, target, Opcode.CreateDataPartition, CreateRequest(book, replicas) with
        {
            CreateType = CreatedByDecommission,
            LeaderSize = (long)used,
        }, MasterJson.Default.CreateDataPartitionRequest));
        book.Made(target);
    }

    /// <summary>A new partition, as all its hosts are told of it.</summary>
    public static CreateDataPartitionRequest CreateRequest(PartitionBook book, int replicas) => new()
    {
        PartitionId = book.Id,
        PartitionSize = PartitionBytes,
        ReplicaNum = replicas,
        VolumeId = TrialMaster.Volume,
        Members = book.Peers,
        Hosts = book.Addresses,
    };

    private void AwaitFilled()
    {
        var began = Stopwatch.GetTimestamp();
        var progress = 0.0;
        context.Until($"partition {book.Id}: {target.Name} reports that it is filled", () =>
        {
            if (context.Master.Reports.Of(target.Address, book.Id, began) is not { } report) return $"{target.Name} has not reported the partition";
            if (report.PartitionStatus < 0) throw new TrialViolation($"partition {book.Id}: {target.Name} reports its new replica as unavailable; a master undoes the move for that");
            if (report.DecommissionRepairProgress is not (>= 0 and <= 1)) throw new TrialViolation($"partition {book.Id}: {target.Name} reports a progress of {report.DecommissionRepairProgress}");
            if (report.DecommissionRepairProgress < progress)
                throw new TrialViolation($"partition {book.Id}: the progress that {target.Name} reports fell from {progress} to {report.DecommissionRepairProgress}");
            progress = report.DecommissionRepairProgress;
            return report.PartitionStatus > 0 ? null : $"status {report.PartitionStatus}, progress {progress:0.####}";
        });
        Filled = Stopwatch.GetElapsedTime(began);
        if (target.DirectoryOf(book.Id) is not { } directory) return;
        var files = new DirectoryInfo(directory).EnumerateFiles().Where(file => ulong.TryParse(file.Name, out var id) && !new ExtentId(id).IsTiny).ToList();
        Copied = (files.Sum(LengthOf), files.Count);
    }

    /// <summary>0 of one that was deleted meanwhile: deletes go on.</summary>
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private void Do(string what, Func<string?> attempt) => Retries += context.Until($"partition {book.Id}: {what}", attempt);

    /// <summary>To the leader that was reported, else to one host after the other.</summary>
    private string? ToLeader<T>(PacketLine line, Opcode opcode, T request, JsonTypeInfo<T> type)
    {
        if (Leader() is { } leader) return Tell(line, leader, opcode, request, type);
        string? refusal = "nobody is asked";
        foreach (var host in book.Hosts)
        {
            try
            {
                refusal = Tell(line, host, opcode, request, type);
                if (refusal is null) return null;
            }
            catch (NodeFault fault)
            {
                refusal = fault.Message; // the next one may know
            }
        }

        return refusal;
    }

    /// <summary>As reported lately; the last report of a node that is down does not count.</summary>
    private TrialNode? Leader()
    {
        var lately = Stopwatch.GetTimestamp() - 2 * Stopwatch.Frequency;
        return book.Hosts.FirstOrDefault(host => context.Master.Reports.Of(host.Address, book.Id, lately) is { IsLeader: true });
    }

    private string? Tell<T>(PacketLine line, TrialNode node, Opcode opcode, T request, JsonTypeInfo<T> type)
    {
        var answer = AdminCall.Ask(line, node.Address, node.Address, opcode, book.Id, request, type);
        return answer.IsOk ? null : $"{node.Name}: {answer}";
    }
}
