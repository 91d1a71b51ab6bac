using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>What is to be done next to hand one group over.</summary>
internal enum HandOverAct
{
    /// <summary>Nothing now; <see cref="GroupHandOver.Why"/> says what it waits for.</summary>
    Wait,

    /// <summary>Ask <see cref="GroupHandOver.Member"/> whether it serves.</summary>
    AskIfServes,

    /// <summary>Take no more proposals: the member holds all but what is under way.</summary>
    Hold,

    /// <summary>Order it to lead.</summary>
    AskToLead,

    /// <summary>Take proposals again: it did not work.</summary>
    Release,
}

/// <summary>Hands the leadership of one group over, step by step. Pure: it is told what is, and says what to do.</summary>
/// <remarks>
/// Order: a member that is heard is asked whether it serves; then proposals are held, so that it comes to hold all of the log; then it is ordered to lead. Whatever
/// fails ends in proposals being taken again, because a leader that nobody replaces has to serve. A member that refused is not asked again for a while.
/// </remarks>
internal sealed class GroupHandOver(TimeSpan again)
{
    /// <summary>Ticks that a member gets to acknowledge the last entries. Two carry an append and its acknowledgement; a third for a disk.</summary>
    private const int HoldTicksMax = 4;

    private enum Stage
    {
        Choosing,
        AwaitsServes,
        Serves,
        Holding,
        AwaitsOrder,
        Ordered,
    }

    private readonly Dictionary<NodeId, (DateTimeOffset Until, bool IsFinal)> _refused = [];
    private Stage _stage;
    private int _heldTicks;
    private DateTimeOffset _notBefore;

    /// <summary>The successor that was chosen; default for none.</summary>
    public NodeId Member { get; private set; }

    /// <summary>Why the group is still led here; empty once it is not.</summary>
    public string Why { get; private set; } = "";

    /// <summary>There is nobody who could take it over, now or soon.</summary>
    public bool IsHopeless { get; private set; }

    public bool IsHandedOver { get; private set; }

    public DrainStep Step => IsHandedOver ? DrainStep.HandedOver : _stage is Stage.Choosing ? DrainStep.Led : DrainStep.Asking;

    /// <summary>Once a tick.</summary>
    /// <param name="status">As the group last published it.</param>
    /// <param name="leads">This replica leads it at this moment.</param>
    public HandOverAct Look(RaftGroupStatus status, NodeId self, bool leads, DateTimeOffset now)
    {
        if (!leads)
        {
            if (!IsHandedOver && Member == default) Member = status.Leader;
            (IsHandedOver, IsHopeless, Why, _stage) = (true, false, "", Stage.Choosing);
            return HandOverAct.Wait;
        }

        if (IsHandedOver) (IsHandedOver, Member) = (false, default); // it came back
        switch (_stage)
        {
            case Stage.Choosing:
                return Choose(status, self, now);
            case Stage.Serves:
                (_stage, _heldTicks) = (Stage.Holding, 0);
                return HandOverAct.Hold;
            // What was under way is answered before: it would fail with the leadership.
            case Stage.Holding when Successors.HoldsAll(status, Member) && status.Applied >= status.Last:
                _stage = Stage.AwaitsOrder;
                return HandOverAct.AskToLead;
            case Stage.Holding when ++_heldTicks > HoldTicksMax:
                return Fail($"member {Member} does not come to hold the whole log", now + again, isFinal: false);
            case Stage.Ordered when now >= _notBefore:
                return Fail($"member {Member} was ordered to lead and does not", now + again, isFinal: false);
            default:
                return HandOverAct.Wait;
        }
    }

    /// <summary>The answer to <see cref="HandOverAct.AskIfServes"/>.</summary>
    public void HeardServes(bool serves, DateTimeOffset now)
    {
        if (_stage != Stage.AwaitsServes) return;
        if (serves) (_stage, Why) = (Stage.Serves, $"member {Member} serves and gets the rest of the log");
        else Refuse($"member {Member} takes no requests", now + again, isFinal: false);
    }

    /// <summary>The answer to <see cref="HandOverAct.AskToLead"/>.</summary>
    /// <param name="refusal">Null: it stands for election.</param>
    public HandOverAct HeardOrder(string? refusal, DateTimeOffset now)
    {
        if (_stage != Stage.AwaitsOrder) return HandOverAct.Wait;
        if (refusal is not null) return Fail($"member {Member} refused to lead: {refusal}", now + again, isFinal: true);
        (_stage, _notBefore, Why) = (Stage.Ordered, now + again, "");
        return HandOverAct.Wait;
    }

    private HandOverAct Choose(RaftGroupStatus status, NodeId self, DateTimeOffset now)
    {
        var heard = Successors.Of(status, self);
        if (heard.Count == 0)
        {
            (IsHopeless, Why) = (true, "no other member is heard");
            return HandOverAct.Wait;
        }

        foreach (var member in heard)
        {
            if (_refused.TryGetValue(member.Id, out var refused) && now < refused.Until) continue;
            // One that is far behind would keep proposals waiting; it is caught up before.
            if (member.State != ProgressState.Replicate) continue;
            (Member, _stage, IsHopeless, Why) = (member.Id, Stage.AwaitsServes, false, $"member {member.Id} is asked whether it serves");
            return HandOverAct.AskIfServes;
        }

        IsHopeless = heard.All(member => _refused.TryGetValue(member.Id, out var refused) && now < refused.Until && refused.IsFinal);
        if (Why.Length == 0) Why = "no other member holds the log yet";
        return HandOverAct.Wait;
    }

    private HandOverAct Fail(string why, DateTimeOffset until, bool isFinal)
    {
        Refuse(why, until, isFinal);
        return HandOverAct.Release;
    }

    private void Refuse(string why, DateTimeOffset until, bool isFinal)
    {
        _refused[Member] = (until, isFinal);
        (_stage, Member, Why) = (Stage.Choosing, default, why);
    }
}
