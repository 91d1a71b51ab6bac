using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>Looks at the actors of a node: each is asked to describe itself, and has some time to answer. Thread-safe.</summary>
public interface IActorInspection
{
    /// <summary>An actor and those below it.</summary>
    /// <param name="path">Its path below <c>/user</c>, such as <c>node/disk-0/partition-7</c>; empty for the node itself.</param>
    /// <param name="depthMax">Levels below it; 0 for it alone.</param>
    /// <returns>Null if there is none, or a parent of it does not answer and so cannot say whether there is.</returns>
    Task<ActorView?> LookAsync(string path, int depthMax, CancellationToken cancel);
}

/// <summary>One actor at one moment.</summary>
/// <param name="Path">Below <c>/user</c>.</param>
/// <param name="State">Its own words; <see cref="ActorTree.NoAnswer"/> if it did not get to the question in time.</param>
/// <param name="Kind">Empty without an answer, as are the other things that only it can tell.</param>
/// <param name="Mailbox">Messages that wait; null where nobody counts them.</param>
/// <param name="Omitted">Children that were not asked, because the look was not to go deeper or had become too large.</param>
/// <param name="Lost">Children that failed and are there no more, the last one first.</param>
public sealed record ActorView(
    string Path, string Kind, string State, bool HasAnswered, DateTimeOffset? StartedAt, DateTimeOffset? Since, int? Mailbox, int Restarts, ActorFailure? LastFailure,
    IReadOnlyList<ActorDetail> Details, IReadOnlyList<ActorView> Children, int Omitted, IReadOnlyList<ActorFailure> Lost);

/// <inheritdoc cref="IActorInspection"/>
/// <param name="root">Null until the node was started.</param>
internal sealed class ActorTree(Func<IActorRef?> root, ActorRecords records, TimeProvider time) : IActorInspection
{
    public const string NoAnswer = "no answer";

    /// <summary>How long one actor has. Turns of ours take microseconds; one that needs longer is stuck or has a thousand messages before this one.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a look may take, whatever it finds.</summary>
    public static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    /// <summary>Actors in one answer: all of a node with a thousand partitions.</summary>
    public const int ActorsMax = 5000;

    /// <summary>Actors that are asked at once: a look is no burst of messages.</summary>
    private const int AtOnceMax = 64;

    public async Task<ActorView?> LookAsync(string path, int depthMax, CancellationToken cancel)
    {
        if (root() is not { } actor) return null;
        using var limit = new CancellationTokenSource(LookLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        using var walk = new Walk(either.Token);
        foreach (var name in Below(path, actor.Path.Name))
        {
            var report = await AskAsync(actor, walk).ConfigureAwait(false);
            if (report?.Children.FirstOrDefault(child => child.Path.Name == name) is not { } next) return null;
            actor = next;
        }

        walk.TryTake();
        var view = await LookAsync(actor, depthMax, walk).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        return view;
    }

    private async Task<ActorView> LookAsync(IActorRef actor, int depth, Walk walk)
    {
        var report = await AskAsync(actor, walk).ConfigureAwait(false);
        var children = report is null || depth <= 0 ? [] : report.Children.Where(_ => walk.TryTake()).ToList();
        var views = await Task.WhenAll(children.Select(child => LookAsync(child, depth - 1, walk))).ConfigureAwait(false);
        var record = records.Find(actor.Path);
        var (path, mailbox) = (string.Join('/', actor.Path.Elements.Skip(1)), MailboxOf(actor));
        return report is null
            ? new ActorView(path, "", NoAnswer, false, null, null, mailbox, record?.Restarts ?? 0, record?.LastFailure, [], [], 0, [])
            : new ActorView(
                path, report.State.Kind, report.State.State, true, report.StartedAt, report.State.Since, mailbox, record?.Restarts ?? 0, record?.LastFailure, report.State.Details, views,
                report.Children.Count - children.Count, records.Lost(actor.Path, report.Children));
    }

    /// <returns>Null if there is no answer in time.</returns>
    private async Task<ActorReport?> AskAsync(IActorRef actor, Walk walk)
    {
        try
        {
            await walk.Places.WaitAsync(walk.Cancel).ConfigureAwait(false);
            try
            {
                using var limit = new CancellationTokenSource(AnswerLimit, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(walk.Cancel, limit.Token);
                return await actor.Ask<ActorReport>(DescribeYourself.Instance, Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(false);
            }
            finally
            {
                walk.Places.Release();
            }
        }
        catch (Exception silence) when (silence is OperationCanceledException or AskTimeoutException)
        {
            return null; // which is what is told of it
        }
    }

    /// <summary>The names below the root: <c>/user/node/a</c>, <c>node/a</c> and <c>a</c> are the same. Pure.</summary>
    internal static IReadOnlyList<string> Below(string path, string root)
    {
        IReadOnlyList<string> names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names is ["user", ..]) names = [.. names.Skip(1)];
        return names.Count > 0 && names[0] == root ? [.. names.Skip(1)] : names;
    }

    private static int? MailboxOf(IActorRef actor) => actor is ActorRefWithCell { Underlying: { } cell } ? cell.NumberOfMessages : null;

    /// <summary>One look: how much of it is left.</summary>
    private sealed class Walk(CancellationToken cancel) : IDisposable
    {
        private int _left = ActorsMax;

        public CancellationToken Cancel => cancel;

        public SemaphoreSlim Places { get; } = new(AtOnceMax);

        public bool TryTake() => Interlocked.Decrement(ref _left) >= 0;

        public void Dispose() => Places.Dispose();
    }
}
