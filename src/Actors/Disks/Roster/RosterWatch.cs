using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Asks the master again and again which partitions this node holds, and tells its parent what it says and what it has confirmed.</summary>
internal sealed class RosterWatch : ReportingActor, IWithTimers
{
    /// <summary>An answer, true or not; never a reason to rename anything.</summary>
    /// <param name="IsFirst">The first of this run: what it says of bad disks is what the run before has reported.</param>
    public sealed record Heard(RosterAnswer Answer, bool IsFirst);

    /// <summary>The master has said this twice in a row, and it is not empty.</summary>
    public sealed record Confirmed(RosterAnswer Answer);

    private sealed record Ask;

    /// <summary>Until an answer is confirmed, so that a start does not leave directories undecided for minutes.</summary>
    private static readonly TimeSpan FirstPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Source: CubeFS datanode/server.go, the check of lacking partitions: a minute.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Func<CancellationToken, Task<RosterAnswer>> _roster;
    private readonly RosterConfirmation _confirmation = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private bool _wasHeard;
    private bool _wasConfirmed;
    private long _failures; // in a row

    public RosterWatch(Func<CancellationToken, Task<RosterAnswer>> roster)
    {
        _roster = roster;
        Receive<Ask>(_ => _roster(_stopping.Token).PipeTo(Self));
        Receive<RosterAnswer>(Hear);
        Receive<Status.Failure>(failure =>
        {
            _confirmation.Fail();
            var pause = _wasConfirmed ? Period : FirstPeriod;
            if (failure.Cause is not OperationCanceledException)
            {
                var what = $"The list of this node's partitions could not be fetched, trying again in {pause.TotalSeconds:0} s";
                Log.MasterCallFailed(_log, what, failure.Cause.Message, isFirst: _failures++ == 0);
            }

            Timers.StartSingleTimer(nameof(Ask), new Ask(), pause);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(Func<CancellationToken, Task<RosterAnswer>> roster) => Props.Create(() => new RosterWatch(roster));

    protected override ActorState Describe() => Say("roster", _wasConfirmed ? "confirmed" : _wasHeard ? "heard once" : "asking", ("failures in a row", _failures));

    protected override void PreStart() => Self.Tell(new Ask());

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Hear(RosterAnswer answer)
    {
        _failures = 0;
        Context.Parent.Tell(new Heard(answer, IsFirst: !_wasHeard));
        _wasHeard = true;
        if (_confirmation.Confirms(answer))
        {
            _wasConfirmed = true;
            Context.Parent.Tell(new Confirmed(answer));
        }

        Timers.StartSingleTimer(nameof(Ask), new Ask(), _wasConfirmed ? Period : FirstPeriod);
    }
}
