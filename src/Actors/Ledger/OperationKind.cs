namespace CubeActors.Actors;

/// <summary>What an operation is: anything that outlives one request. The names stand in the ledger's file, on the operators' port and in metrics: none is ever renamed.</summary>
public enum OperationKind
{
    /// <summary>A task of the partition's repair leader (0x08): this replica fetches what it is told.</summary>
    RepairTask,

    /// <summary>This node leads the repair, and fetches what its comparison found it to lack.</summary>
    OwnRepair,

    /// <summary>This node leads: it compares the normal extents of all replicas.</summary>
    Cycle,

    /// <summary>This node leads, and waits for one other replica (the peer) to fetch what it lacks.</summary>
    Share,

    /// <summary>This node leads: it compares their tiny extents, which take no writes meanwhile.</summary>
    TinyVerification,

    /// <summary>A replica here is filled before it joins its group (CreateType 1).</summary>
    Rebuild,

    /// <summary>An order to add or to remove a member of a group (0x67, 0x68), or to replace all of them (0x6C).</summary>
    MemberChange,

    /// <summary>0x60.</summary>
    CreatePartition,

    /// <summary>0x61, also where the directory is only set aside.</summary>
    DeletePartition,

    /// <summary>0x62: lists the extents of a partition for a master's comparison.</summary>
    LoadCheck,

    /// <summary>What is led here is handed over. Of the whole node.</summary>
    Drain,

    /// <summary>0x6E, and what follows it: each partition of a disk that met an error is loaded anew.</summary>
    DiskRecovery,

    /// <summary>Blocks are read and compared with their CRCs, and with other replicas.</summary>
    Scrub,

    /// <summary>A replica is closed and loaded anew.</summary>
    Reload,
}

/// <summary>How far an operation is.</summary>
public enum OperationState
{
    /// <summary>It waits: for its turn, or after a restart to be resumed.</summary>
    Accepted,
    Running,
    Done,
    Failed,

    /// <summary>Somebody or something wanted it to end.</summary>
    Cancelled,

    /// <summary>The node ended while it ran, and nobody goes on with it.</summary>
    Interrupted,
}
