using Akka.Actor;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// A replica that ends before it has its extents: its group may be at work already, and its disk waits until nothing of it is open.
internal sealed partial class PartitionActor
{
    private bool _endsEarly;
    private (string Problem, bool IsCorrupt)? _earlyProblem; // null: it was told to close

    private bool IsDiskAwaited => _isReadingRecord || _isOpeningStore;

    /// <summary>It could not be loaded: no acknowledgement, no vote and no echo from now on.</summary>
    private void FailEarly(string problem, bool isCorrupt)
    {
        if (_group.IsNobody() && !IsDiskAwaited && !_endsEarly)
        {
            Fail(problem, isCorrupt);
            return;
        }

        _earlyProblem ??= (problem, isCorrupt);
        Publish(PartitionState.Unavailable, problem);
        LeaveEarly();
    }

    /// <summary>Leaves the group at once. What is being opened is waited for: it would stay open.</summary>
    private void LeaveEarly()
    {
        if (!_endsEarly)
        {
            _endsEarly = true;
            if (_port is not null) _context.Raft.Node.Leave(_port);
            _group.Tell(new RaftGroup.Stop()); // nobody, if there is none
        }

        EndEarly();
    }

    private void GroupEndedEarly(string? problem)
    {
        if (_group.IsNobody()) return; // said already: it has stopped, and then it terminates
        _group = ActorRefs.Nobody;
        _groupProblem = problem;
        EndEarly();
    }

    /// <summary>Ends, unless group or disk have still to answer.</summary>
    private void EndEarly()
    {
        if (!_group.IsNobody() || IsDiskAwaited) return;
        var (store, log) = (_opened.Take(), _openedLog.Take());
        Become(Closing);
        _context.Threads.RunAsync(
            () =>
            {
                log?.Log.Dispose();
                store?.Store.Close();
                return new Released(null);
            }, IoClass.Load).PipeTo(Self);
    }

    /// <summary>Nothing of it is open any more.</summary>
    private void EndedOrFailed(string? problem)
    {
        if (_earlyProblem is { } failed) Fail(failed.Problem, failed.IsCorrupt);
        else Ended(problem);
    }
}
