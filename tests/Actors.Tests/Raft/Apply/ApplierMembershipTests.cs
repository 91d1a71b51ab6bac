using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>A change of the members takes effect in the group first; until then nothing behind it is applied.</summary>
public sealed class ApplierMembershipTests : ApplierTest
{
    private static readonly byte[] AddThree = JsonSerializer.SerializeToUtf8Bytes(
        new AddRaftMemberRequest { PartitionId = TestReplica.Partition, AddPeer = TestReplica.PeerOf(3) }, MasterJson.Default.AddRaftMemberRequest);

    [Fact]
    public void It_stands_until_the_group_has_changed_its_members_and_is_told_once()
    {
        AddOverwrite();
        AddMembership(MembershipAction.Add, 3, AddThree);
        AddOverwrite();
        Run();
        Assert.Equal(["membership 2 Add 3", "applied 1"], Owner.Events);
        Assert.Null(Owner.Meta);

        Applier.Retry(); // a tick is not what it waits for
        Run();
        Assert.Equal(2, Owner.Events.Count);
        Assert.True(Applier.Stands);

        Applier.MembershipInEffect();
        Loop.RunUntilIdle();
        Assert.Equal(["membership 2 Add 3", "applied 1", "applied 3"], Owner.Events);
        Assert.Equal([1ul, 2, 3], Owner.Meta!.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(2ul, Replica.AppliedOnDisk); // durable with the change, before what follows
        Assert.Equal([0, 3], Applied(3)[1..]);
    }

    [Fact]
    public void An_answer_that_comes_at_once_is_not_missed()
    {
        AddMembership(MembershipAction.Add, 3, AddThree);
        AddOverwrite();
        Owner.Membership = Applier.MembershipInEffect;

        Run();

        Assert.Equal(2ul, Owner.LastApplied);
        Assert.False(Applier.Stands);
    }

    [Fact]
    public void A_change_that_nobody_can_read_ends_the_one_under_way_and_changes_nothing()
    {
        Write(RaftEntryType.Membership, 1, [9]); // an action that is none
        AddHere(RaftEntryType.Membership, 1, [9], proposed: false);
        Owner.Membership = Applier.MembershipInEffect;

        Run();

        Assert.Equal(["membership 1 Add 0", "applied 1"], Owner.Events);
        Assert.Equal(2, Replica.Record.Meta.Peers.Count);
    }

    [Fact]
    public void Stopped_while_it_stands_it_gives_everything_back()
    {
        AddMembership(MembershipAction.Add, 3, AddThree);
        var behind = AddOverwrite(proposed: true)!;
        Run();

        Assert.True(Applier.StopAsync().IsCompletedSuccessfully);

        Assert.Equal([ProposalOutcome.GroupEnded], behind.Outcomes);
        Assert.Equal(0, Buffers.Outstanding);
    }
}
