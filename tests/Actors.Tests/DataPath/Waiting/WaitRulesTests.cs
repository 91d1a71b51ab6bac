using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Who waits how long, and what is told to who does not.</summary>
public sealed class WaitRulesTests
{
    private static readonly WaitingSettings Settings = WaitingSettings.Default;

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x03)]
    [InlineData(0x13)]
    public void Creates_and_appends_wait_two_seconds_at_the_chain_leader_and_less_at_a_follower(byte opcode)
    {
        foreach (byte leader in (byte[])[1, 2, RemainingFollowers.SingleReplica])
            Assert.Equal(TimeSpan.FromSeconds(2), WaitRules.Patience(Header(opcode, leader), isSingle: false, Settings));
        Assert.Equal(TimeSpan.FromSeconds(1.5), WaitRules.Patience(Header(opcode, 0), isSingle: false, Settings));
    }

    [Theory]
    [InlineData(0x75)]
    [InlineData(0x76)]
    public void Batches_of_deletes_wait_up_to_a_minute(byte opcode)
    {
        Assert.Equal(TimeSpan.FromSeconds(60), WaitRules.Patience(Header(opcode, 2), isSingle: false, Settings));
        Assert.Equal(TimeSpan.FromSeconds(50), WaitRules.Patience(Header(opcode, 0), isSingle: false, Settings));
    }

    [Fact]
    public void What_a_leader_and_a_follower_wait_together_leaves_their_callers_time()
    {
        Assert.True(Settings.AppendAsLeader + Settings.AppendAsFollower < DataPlane.ReplyDeadline);
        Assert.True(Settings.DeleteAsLeader + Settings.DeleteAsFollower < TimeSpan.FromSeconds(120));
    }

    [Theory]
    [InlineData(0x05)]
    [InlineData(0x06)]
    [InlineData(0x0F)]
    [InlineData(0x12)]
    [InlineData(0xB3)]
    [InlineData(0xB4)]
    public void Reads_and_overwrites_wait_only_where_there_is_no_other_replica(byte opcode)
    {
        Assert.Null(WaitRules.Patience(Header(opcode, 0), isSingle: false, Settings));
        Assert.Equal(TimeSpan.FromSeconds(2), WaitRules.Patience(Header(opcode, 0), isSingle: true, Settings));
    }

    [Fact]
    public void Nothing_else_waits()
    {
        byte[] waiting = [0x01, 0x03, 0x13, 0x75, 0x76, 0x05, 0x06, 0x0F, 0x12, 0xB3, 0xB4];
        for (var opcode = 0; opcode < 256; opcode++)
            Assert.Equal(waiting.Contains((byte)opcode), WaitRules.Patience(Header((byte)opcode, 0), isSingle: true, Settings) is not null);
    }

    [Fact]
    public void A_refusal_is_never_0xF3_and_a_delete_is_never_told_to_go_elsewhere()
    {
        for (var opcode = 0; opcode < 256; opcode++)
        {
            foreach (var why in (string[])[WaitRules.IsLoading, WaitRules.TookTooLong, WaitRules.TooManyWait, WaitRules.WillNotServe])
            {
                var expected = opcode is 0x02 or 0xD6 or 0x75 or 0x76 ? ResultCode.Again : ResultCode.TryOtherAddress;
                Assert.Equal(expected, ErrorTexts.ToCode(WaitRules.Refusal((Opcode)opcode, new PartitionId(21), why)));
                // A CubeFS chain leader derives the code from the body again, behind words of its own.
                Assert.Equal(expected, ErrorTexts.ToCode(ErrorTexts.Body("ActionReceiveFromFollower_ActionPreparePkt_", WaitRules.Refusal((Opcode)opcode, new PartitionId(21), why))));
            }
        }
    }

    private static PacketHeader Header(byte opcode, byte remaining) => Requests.Plain(Requests.Normal, (Opcode)opcode, 21, 1025, 0, 1) with { RemainingFollowers = remaining };
}
