namespace CubeActors.Raft;

/// <summary>What the receiver of a snapshot's front does with the rest of the stream.</summary>
public enum SnapshotAnswer
{
    /// <summary>Close the connection without an answer.</summary>
    Refuse,
    /// <summary>Read to its end and answer success: everything in it is here already.</summary>
    Acknowledge,
    /// <summary>Read to its end, perform InstallSnapshot, answer when that is done.</summary>
    Install,
}
