namespace CubeActors.Actors;

/// <summary>A group as its log writer knows it. Called on the writer's thread, which all groups of the disk share: notes it and returns.</summary>
public interface IRaftLogListener
{
    /// <summary>All that was ordered up to and with this number is done, and as durable as the setting asks. Numbers rise; some are left out.</summary>
    void Saved(long sequence);

    /// <summary>
    /// The log could not be written or synced. Called once, possibly on the thread of the background sync; nothing that is written later is
    /// saved.
    /// </summary>
    /// <param name="failure">A disk fault, or a broken invariant of ours.</param>
    void Failed(Exception failure);

    /// <summary>The log is closed. The last call.</summary>
    void Closed();
}
