namespace CubeActors.Actors;

/// <summary>How long, and how many, requests wait for a partition of this node that does not serve yet.</summary>
/// <param name="AppendAsLeader">Creates and appends of clients. With the follower's time behind it less than the 5 s that CubeFS's clients give an append.</param>
/// <param name="AppendAsFollower">Creates and appends that a chain leader forwards: its patience is 5 s, and our answer has to be there before.</param>
/// <param name="DeleteAsLeader">Batches of deletes. CubeFS's metanodes give one 120 s.</param>
/// <param name="DeleteAsFollower">The same, forwarded: both times together stay below the metanode's.</param>
/// <param name="RequestsPerPartitionMax">That wait for one partition.</param>
/// <param name="BytesPerPartitionMax">Of buffers that they hold.</param>
/// <param name="RequestsMax">That wait on the whole node.</param>
/// <param name="BufferShare">0 to 1: the part of the buffer budget that all of them may hold.</param>
public sealed record WaitingSettings(
    TimeSpan AppendAsLeader, TimeSpan AppendAsFollower, TimeSpan DeleteAsLeader, TimeSpan DeleteAsFollower, int RequestsPerPartitionMax, long BytesPerPartitionMax, int RequestsMax,
    double BufferShare)
{
    /// <summary>As in reference.conf.</summary>
    public static readonly WaitingSettings Default = new(
        TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(50), RequestsPerPartitionMax: 256, BytesPerPartitionMax: 16 << 20, RequestsMax: 4096,
        BufferShare: 0.25);
}
