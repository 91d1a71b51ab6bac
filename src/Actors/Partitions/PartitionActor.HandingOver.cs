using Akka.Actor;
using CubeActors.Protocol;

namespace CubeActors.Actors;

// A leader that is to leave its group makes room for another one first.
internal sealed partial class PartitionActor
{
    private sealed record LookHandOver(long Number);

    private sealed record HeardServes(long Number, bool DoesServe);

    private sealed record HeardOrder(long Number, string? Refusal);

    /// <param name="Until">Then it is over, whatever came of it.</param>
    private sealed record HandingOver(OpenOrder Order, GroupHandOver Steps, DateTimeOffset Until);

    /// <summary>A member that serves leads within a second or two; one that does not must not keep the master from its next step.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(6);

    /// <summary>A member that refused is not asked again within the limit.</summary>
    private static readonly TimeSpan HandOverAgain = TimeSpan.FromSeconds(3);

    private HandingOver? _handingOver; // only while that order is the one change under way

    private void ReceiveHandOver()
    {
        Receive<LookHandOver>(look =>
        {
            if (HandOverOf(look.Number) is { } now) Look(now);
        });
        Receive<HeardServes>(heard =>
        {
            if (HandOverOf(heard.Number) is not { } now) return;
            now.Steps.HeardServes(heard.DoesServe, Now);
            Look(now);
        });
        Receive<HeardOrder>(heard =>
        {
            if (HandOverOf(heard.Number) is { } now) Perform(now, now.Steps.HeardOrder(heard.Refusal, Now));
        });
    }

    private DateTimeOffset Now => _context.Raft.Time.GetUtcNow();

    private HandingOver? HandOverOf(long number) => _handingOver is { } now && now.Order.Order.Number == number ? now : null;

    private void BeginHandOver(OpenOrder open)
    {
        _handingOver = new HandingOver(open, new GroupHandOver(HandOverAgain), Now + HandOverLimit);
        Look(_handingOver);
    }

    private void Look(HandingOver now)
    {
        var (number, port) = (now.Order.Order.Number, _port!);
        if (!_orders.ContainsKey(number))
        {
            _handingOver = null; // answered meanwhile
            return;
        }

        var isOver = Now >= now.Until;
        // Who leads next is known a moment after this one does not lead any more.
        if (isOver || (!port.Leads && port.Status.Leader.Value != 0))
        {
            _handingOver = null;
            if (isOver)
            {
                port.TryRun(static group => group.HoldProposals(false));
                Log.PartitionNote(_log, _partition, $"it leads and is to leave its group, and nobody took it over within {HandOverLimit.TotalSeconds:0} s: {now.Steps.Why}");
            }

            ChangeMembers(now.Order with { HasHandedOver = true });
            return;
        }

        Perform(now, now.Steps.Look(port.Status, port.Self, port.Leads, Now));
        Timers.StartSingleTimer((nameof(LookHandOver), number), new LookHandOver(number), _context.Raft.Groups.Tick);
    }

    private void Perform(HandingOver now, HandOverAct act)
    {
        var number = now.Order.Order.Number;
        var member = Meta.Peers.FirstOrDefault(peer => peer.Id == now.Steps.Member)?.Address ?? "";
        HandOverActs.Perform(act, _port!, new LeadershipTransfer(_context.Raft.Peers), member, Self, serves => new HeardServes(number, serves), refusal => new HeardOrder(number, refusal));
    }
}
