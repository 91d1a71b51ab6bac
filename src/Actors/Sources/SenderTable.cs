using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>One opcode and who sends it in a cluster of CubeFS 3.5.</summary>
/// <param name="Why">What it could do in other hands, or who sends it besides data nodes and masters.</param>
public sealed record SenderRow(Opcode Opcode, Sender Sender, string Why);

/// <summary>Who may send what. An opcode without a row may come from anyone: those of clients, and what is unknown, which is refused anyway.</summary>
/// <remarks>Source: data-plane 2.1 and 2.2 (CubeFS proto/packet.go and its callers), control-plane 3.5.</remarks>
public static class SenderTable
{
    public static IReadOnlyList<SenderRow> Rows { get; } =
    [
        new(Opcode.CreateDataPartition, Sender.Master, "fills a disk with partitions"),
        new(Opcode.DeleteDataPartition, Sender.Master, "deletes a replica"),
        new(Opcode.LoadDataPartition, Sender.Master, "lists all extents of a partition"),
        new(Opcode.DataNodeHeartbeat, Sender.Master, "sets limits of disks, and which volumes are forbidden"),
        new(Opcode.DecommissionDataPartition, Sender.Master, "changes members"),
        new(Opcode.AddDataPartitionRaftMember, Sender.MasterOrMember, "changes members; a member passes it on to the raft leader"),
        new(Opcode.RemoveDataPartitionRaftMember, Sender.MasterOrMember, "changes members, with force without a vote; a member passes it on to the raft leader"),
        new(Opcode.DataPartitionTryToLeader, Sender.MasterOrMember, "begins an election; a member that drains asks another one with it"),
        new(Opcode.StopDataPartitionRepair, Sender.Master, "stops the copy of a new replica"),
        new(Opcode.RecoverDataReplicaMeta, Sender.Master, "writes the list of members anew"),
        new(Opcode.RecoverBackupDataReplica, Sender.Master, "takes back a replica that was set aside"),
        new(Opcode.RecoverBadDisk, Sender.Master, "takes a disk back that was given up"),
        new(Opcode.QueryBadDiskRecoverProgress, Sender.Master, "shows how far that is"),
        new(Opcode.DeleteBackupDirectories, Sender.Master, "deletes replicas that were set aside"),
        new(Opcode.DeleteLostDisk, Sender.Master, "forgets a disk"),
        new(Opcode.ReloadDisk, Sender.Master, "loads a disk anew"),
        new(Opcode.SetRepairingStatus, Sender.Master, "lets a partition refuse appends"),
        new(Opcode.VersionOperation, Sender.Master, "of clusters with snapshots; refused here in any case"),
        new(Opcode.NotifyReplicasToRepair, Sender.Member, "lets this replica make extents and fetch them, though only from hosts of the partition"),
        new(Opcode.BroadcastMinAppliedId, Sender.Member, "lets this replica cut its raft log"),
        new(Opcode.GetAllWatermarks, Sender.Member, "lists all extents of a partition"),
        new(Opcode.GetPartitionSize, Sender.Member, "shows how much a replica holds"),
        new(Opcode.GetMaxExtentIdAndPartitionSize, Sender.Member, "shows how far ids of extents are"),
        new(Opcode.ExtentRepairRead, Sender.Member, "reads any extent, and takes a place of those that repair has"),
        new(Opcode.TinyExtentRepairRead, Sender.Member, "reads any tiny extent, likewise"),
        new(Opcode.ReadTinyDeleteRecord, Sender.Member, "reads the log of tiny deletes"),
        new(Opcode.SnapshotExtentRepairRead, Sender.Member, "of clusters with snapshots; not served here"),
        new(Opcode.GetAppliedId, Sender.Anyone, "raft leaders and clients ask for it alike"),
    ];

    // One byte for each opcode: a packet of a client costs one look at it.
    private static readonly byte[] Senders = [.. Enumerable.Range(0, 256).Select(value => (byte)(Rows.FirstOrDefault(row => row.Opcode == (Opcode)value)?.Sender ?? Sender.Anyone))];

    public static Sender Of(Opcode opcode) => (Sender)Senders[(byte)opcode];
}
