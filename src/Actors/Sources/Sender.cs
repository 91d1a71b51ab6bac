namespace CubeActors.Actors;

/// <summary>Who may send a packet of some opcode.</summary>
public enum Sender : byte
{
    /// <summary>Clients, metanodes and tools too: the node knows none of their addresses, so that there is nothing to compare with.</summary>
    Anyone,

    /// <summary>Another data node.</summary>
    Member,

    /// <summary>A master.</summary>
    Master,

    /// <summary>A master, or a data node that passes on what a master sent it.</summary>
    MasterOrMember,
}

/// <summary>What happens with a packet whose sender is none of those who send its opcode.</summary>
public enum SourcePolicy
{
    /// <summary>Nobody looks, as in CubeFS, which asks nobody who he is.</summary>
    Off,

    /// <summary>It is served, counted, and told in the log.</summary>
    Warn,

    /// <summary>It is refused, counted, and told in the log.</summary>
    Enforce,
}
