using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>The decisions behind overwrites and leader reads, without a network.</summary>
public sealed class LeaderReactionsTests
{
    // Code; overwrite; leader read. Everything else: give up; not from the leader.
    private static readonly Dictionary<byte, (LeaderReaction Overwrite, LeaderReaction Read)> Table = new()
    {
        [0xF0] = (LeaderReaction.Done, LeaderReaction.Done),
        [0xF9] = (LeaderReaction.SameHost, LeaderReaction.SameHost),
        [0xB1] = (LeaderReaction.SameHost, LeaderReaction.SameHost),
        [0xFC] = (LeaderReaction.NextHost, LeaderReaction.NextHost),
        [0xEF] = (LeaderReaction.GiveUp, LeaderReaction.GiveUp),
    };

    [Fact]
    public void Every_code_has_the_reaction_of_the_table()
    {
        for (var code = 1; code <= 0xFF; code++)
        {
            var (overwrite, read) = Table.GetValueOrDefault((byte)code, (LeaderReaction.GiveUp, LeaderReaction.NotFromLeader));
            Assert.Equal((code, overwrite, read), (code, LeaderReactions.ToOverwrite((ResultCode)code), LeaderReactions.ToRead((ResultCode)code)));
        }
    }

    [Fact]
    public void Pauses_between_rounds_grow_by_a_random_part_up_to_their_bound()
    {
        var most = TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.FromMilliseconds(100), RoundPause.Next(TimeSpan.FromMilliseconds(100), 0, most));
        Assert.Equal(TimeSpan.FromMilliseconds(150), RoundPause.Next(TimeSpan.FromMilliseconds(100), 0.5, most));
        Assert.Equal(most, RoundPause.Next(TimeSpan.FromMilliseconds(900), 0.5, most));
        Assert.Equal(most, RoundPause.Next(most, 1, most));
    }

    [Theory]
    [InlineData(0, 30, "1:0+10 2:0+10 3:0+10")]
    [InlineData(5, 10, "1:5+5 2:0+5")]
    [InlineData(10, 10, "2:0+10")]
    [InlineData(9, 12, "1:9+1 2:0+10 3:0+1")]
    [InlineData(29, 1, "3:9+1")]
    [InlineData(15, 0, "")]
    public void A_range_is_cut_where_the_pieces_end(long offset, int bytes, string expected)
    {
        ObjectExtent[] pieces = [new(0, 21, 1, 500, 10), new(10, 22, 2, 0, 10), new(20, 21, 3, 0, 10)];
        var parts = PieceRange.Cut(pieces, offset, bytes).Select(part => $"{part.Piece.ExtentId}:{part.Skip}+{part.Bytes}");
        Assert.Equal(expected, string.Join(' ', parts));
    }
}
