using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What becomes of an order to change the members.</summary>
internal enum MemberStep
{
    /// <summary>It is so already.</summary>
    Succeed,

    /// <summary>With <see cref="MemberDecision.Text"/>.</summary>
    Refuse,

    /// <summary>The packet as it came goes to <see cref="MemberDecision.Text"/>, the leader's data address.</summary>
    Forward,

    /// <summary>Into the raft log.</summary>
    Propose,

    /// <summary>This replica leads and is the one that leaves: another one has to lead first, and is asked then.</summary>
    HandOver,

    /// <summary>Out of this replica's idea of the group, without the log.</summary>
    RemoveByForce,
}

/// <param name="Change">What the entry says, or what is done by force.</param>
/// <param name="Context">The request in JSON, which goes into the entry behind the change.</param>
/// <param name="Removal">Of a removal: the request with the id that counts.</param>
internal sealed record MemberDecision(MemberStep Step, string Text = "", MembershipChange Change = default, byte[]? Context = null, RemoveRaftMemberRequest? Removal = null)
{
    public static readonly MemberDecision Succeed = new(MemberStep.Succeed);

    public static readonly MemberDecision HandOver = new(MemberStep.HandOver);

    public static MemberDecision Refuse(string text) => new(MemberStep.Refuse, text);

    public static MemberDecision Forward(string address) => new(MemberStep.Forward, address);

    public static MemberDecision Propose(MembershipChange change, AddRaftMemberRequest order) =>
        new(MemberStep.Propose, Change: change, Context: JsonSerializer.SerializeToUtf8Bytes(order, MasterJson.Default.AddRaftMemberRequest));

    public static MemberDecision Propose(MembershipChange change, RemoveRaftMemberRequest order) =>
        new(MemberStep.Propose, Change: change, Context: JsonSerializer.SerializeToUtf8Bytes(order, MasterJson.Default.RemoveRaftMemberRequest), Removal: order);

    public static MemberDecision RemoveByForce(RemoveRaftMemberRequest order) =>
        new(MemberStep.RemoveByForce, Change: new MembershipChange(MembershipAction.Remove, order.RemovePeer.Id), Removal: order);
}
