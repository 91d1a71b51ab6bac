namespace CubeActors.Actors;

/// <summary>How far a replica is between its directory and serving. Only ever forward, until it is loaded anew.</summary>
public enum LoadStage
{
    /// <summary>Its disk has listed it, and it waits for its turn.</summary>
    Discovered,

    /// <summary>META and the raft log are being read. A replica without a group, and one that may not join before it is complete, goes on at once.</summary>
    OpeningLog,

    /// <summary>Its extents are being listed, or wait for their turn. If it has joined its group it votes and acknowledges meanwhile, and never stands for election.</summary>
    LoadingExtents,

    /// <summary>What was committed when it joined is being applied. It stands for election only where nobody else does.</summary>
    CatchingUp,

    /// <summary>It takes requests, and may lead.</summary>
    Serving,
}

/// <summary>How much of a <see cref="LoadStage"/> is done.</summary>
/// <param name="Done">Extents in LoadingExtents, log entries in CatchingUp; 0 in other stages.</param>
/// <param name="Total">Of the same; 0 while it is not known.</param>
public readonly record struct StageProgress(ulong Done, ulong Total)
{
    /// <summary>0 to 1; 0 while the total is not known.</summary>
    public double Part => Total == 0 ? 0 : Math.Min(1, (double)Done / Total);
}
