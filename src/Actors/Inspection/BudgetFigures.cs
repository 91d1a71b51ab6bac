namespace CubeActors.Actors;

/// <summary>The budgets of a node at one moment.</summary>
/// <param name="RepairsMax">Extents that the cluster lets a node repair at a time.</param>
/// <param name="Repairing">Of them, those under way here.</param>
public sealed record BudgetFigures(int RepairsMax, int Repairing, IReadOnlyList<DiskBudgetFigures> Disks, IReadOnlyList<PeerFigures> Peers)
{
    /// <summary>Of a node that has none.</summary>
    public static readonly BudgetFigures None = new(0, 0, [], []);
}

/// <param name="Path">The disk's root, as configured.</param>
/// <param name="Step">From -4 to 0: all work is held at its floor, because clients are or were busy; 10: it may do as much as its limits allow.</param>
/// <param name="Pressure">Of clients, in the last quarter of a second; from 1 on they count as busy.</param>
/// <param name="Serving">Repair reads of other nodes now.</param>
/// <param name="RefusedServes">Such reads that were told to come again, since the start.</param>
public sealed record DiskBudgetFigures(string Path, int Step, double Pressure, int Serving, long RefusedServes, IReadOnlyList<TrafficFigures> Classes);

/// <summary>One class of work on one disk. Counts since the start, unless they say now.</summary>
/// <param name="StreamsMax">At a time.</param>
/// <param name="Running">Now.</param>
/// <param name="Waiting">For a place, now.</param>
/// <param name="Rate">Bytes, of deletes pieces, that it may move a second now; 0 for no limit.</param>
/// <param name="Entered">Places that were given.</param>
/// <param name="Amount">Bytes, of deletes pieces, that were granted.</param>
/// <param name="Waited">For places, added up.</param>
/// <param name="Paced">For the rate, added up.</param>
/// <param name="Refused">Because too many waited, or, of deletes, because there were too many.</param>
public sealed record TrafficFigures(TrafficClass Class, int StreamsMax, int Running, int Waiting, long Rate, long Entered, long Amount, TimeSpan Waited, TimeSpan Paced, long Refused);

/// <summary>What goes on with one other node.</summary>
/// <param name="Address">Without a port.</param>
/// <param name="Fetching">Streams that read from it now.</param>
/// <param name="Waiting">Streams that will.</param>
/// <param name="Serving">Its repair reads here now.</param>
/// <param name="BytesFetched">Granted to be read from it.</param>
/// <param name="BytesServed">Granted to it.</param>
/// <param name="Refused">Its reads that were told to come again.</param>
public sealed record PeerFigures(string Address, int Fetching, int Waiting, int Serving, long BytesFetched, long BytesServed, long Refused);
