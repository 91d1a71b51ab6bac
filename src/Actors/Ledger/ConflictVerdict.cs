namespace CubeActors.Actors;

/// <summary>What becomes of an operation that comes while another one runs. In the order of strictness.</summary>
internal enum ConflictVerdict
{
    /// <summary>It runs beside it.</summary>
    Run,

    /// <summary>It ends the other one and takes its place.</summary>
    Cancel,

    /// <summary>It waits for its turn, or for the end of the other where that is what was wanted.</summary>
    Wait,

    /// <summary>It is dropped, and answered as done where somebody asks: whoever wanted it comes again within minutes, or has what was wanted.</summary>
    Drop,

    /// <summary>It is refused in words, at once.</summary>
    Refuse,
}
