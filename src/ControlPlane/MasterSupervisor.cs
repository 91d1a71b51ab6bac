using Akka.Actor;
using CubeActors.Persistence;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>The cluster actor could not recover, or lost its journal.</summary>
internal sealed record ClusterFailed(Exception Cause);

/// <summary>Keeps the cluster actor running; when that is no longer possible it tells the host why, once.</summary>
internal sealed class MasterSupervisor : ReceiveActor
{
    private readonly TaskCompletionSource<Exception> _failed;
    private Exception? _cause;

    public MasterSupervisor(SqliteJournal journal, MasterOptions options, ClusterChildren children, TaskCompletionSource<Exception> failed)
    {
        _failed = failed;
        var cluster = Context.Watch(Context.ActorOf(ClusterActor.PropsFor(journal, options, children), "cluster"));
        Receive<ClusterFailed>(cluster_ => _cause = cluster_.Cause);
        Receive<Terminated>(_ => _failed.TrySetResult(_cause ?? new InvalidOperationException("the cluster actor stopped")));
        ReceiveAny(cluster.Forward);
    }

    public static Props PropsFor(SqliteJournal journal, MasterOptions options, ClusterChildren children, TaskCompletionSource<Exception> failed) =>
        Props.Create(() => new MasterSupervisor(journal, options, children, failed));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(10, TimeSpan.FromMinutes(1), cause => cause switch
    {
        // Memory is not trusted; what is on disk may have been decided on it.
        InvariantViolationException => Keep(cause, Directive.Stop),
        ActorInitializationException => Keep(cause, Directive.Stop),
        // A mistake in one request: the disk is truth, so recover from it. Ten times a minute is no such mistake any more.
        _ => Keep(cause, Directive.Restart),
    });

    private Directive Keep(Exception cause, Directive directive)
    {
        _cause = cause;
        return directive;
    }
}
