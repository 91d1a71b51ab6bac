using Akka.Actor;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Carries out what a <see cref="GroupHandOver"/> has decided, for whichever actor leads it through.</summary>
internal static class HandOverActs
{
    /// <param name="member"><c>ip:port</c> of the member that is to lead.</param>
    /// <param name="self">Hears what the member answered.</param>
    /// <param name="heardServes">The message to it that says whether the member serves.</param>
    /// <param name="heardOrder">The message to it that says why the member does not stand for election; null if it does.</param>
    public static void Perform(
        HandOverAct act, RaftGroupPort port, LeadershipTransfer transfer, string member, IActorRef self, Func<bool, object> heardServes, Func<string?, object> heardOrder)
    {
        switch (act)
        {
            case HandOverAct.AskIfServes:
                transfer.ServesAsync(port.Partition, member).PipeTo(self, success: heardServes, failure: _ => heardServes(false));
                break;
            case HandOverAct.Hold:
                port.TryRun(static group => group.HoldProposals(true));
                break;
            case HandOverAct.Release:
                port.TryRun(static group => group.HoldProposals(false));
                break;
            case HandOverAct.AskToLead:
                transfer.AskToLeadAsync(port.Partition, member).PipeTo(self, success: heardOrder, failure: cause => heardOrder(cause.Message));
                break;
        }
    }
}
