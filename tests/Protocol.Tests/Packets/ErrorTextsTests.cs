using System.Reflection;
using System.Text;

namespace CubeActors.Protocol.Tests;

public sealed class ErrorTextsTests
{
    [Theory]
    [InlineData("parameter mismatch error", 0xF4)]
    [InlineData("unknown opcode", 0xF4)]
    [InlineData("data partition not exists", 0xFC)]
    [InlineData("extent does not exist", 0xF5)]
    [InlineData("extent has been deleted", 0xF5)]
    [InlineData("no space left on the device", 0xF6)]
    [InlineData("disk has broken", 0xF7)]
    [InlineData("GetAvailableTinyExtent", 0xF6)]
    [InlineData("limited io error", 0xB1)]
    [InlineData("tiny extent recovering error", 0xB4)]
    [InlineData("data partition decommission repairing error", 0xB5)]
    [InlineData("data partition is repairing error", 0xB6)]
    [InlineData("try again", 0xF9)]
    [InlineData("raft is not the leader.", 0xFC)]
    [InlineData("raft is already shutdown.", 0xFC)]
    [InlineData("ver not consistent", 0x3F)]
    [InlineData("no disk read repair extent token", 0xEF)]
    [InlineData("extent store already closed", 0xB2)]
    [InlineData("reached max extents count", 0xB3)]
    [InlineData("cluster forbid write operate of packet protocol version", 0x88)]
    [InlineData("vol forbid write operate of packet protocol version", 0x88)]
    [InlineData("", 0xF3)]
    [InlineData("EOF", 0xF3)]
    [InlineData("Unknown Opcode", 0xF3)]
    [InlineData("no space left on device", 0xF3)]
    [InlineData("raft is not the leader", 0xF3)]
    [InlineData("dial tcp 127.0.0.12:17310: connect: connection refused", 0xF3)]
    public void A_token_anywhere_in_the_text_decides_the_code(string text, byte code)
    {
        foreach (var body in new[] { text, "ActionWrite:_" + text, "ActionReceiveFromFollower_ActionWrite:_" + text + " :: partition 5" })
        {
            Assert.Equal((ResultCode)code, ErrorTexts.ToCode(body));
            Assert.Equal((ResultCode)code, ErrorTexts.ToCode(Encoding.UTF8.GetBytes(body)));
        }
    }

    /// <summary>Puts each token behind every later one of the table: position in the text must not matter, position in the table must.</summary>
    [Fact]
    public void Of_two_tokens_in_one_text_the_earlier_in_the_table_wins()
    {
        (string Token, byte Code)[] table =
        [
            ("parameter mismatch error", 0xF4), ("unknown opcode", 0xF4), ("data partition not exists", 0xFC), ("extent does not exist", 0xF5),
            ("extent has been deleted", 0xF5), ("no space left on the device", 0xF6), ("disk has broken", 0xF7), ("GetAvailableTinyExtent", 0xF6),
            ("limited io error", 0xB1), ("tiny extent recovering error", 0xB4), ("data partition decommission repairing error", 0xB5),
            ("data partition is repairing error", 0xB6), ("try again", 0xF9), ("raft is not the leader.", 0xFC), ("raft is already shutdown.", 0xFC),
            ("ver not consistent", 0x3F), ("no disk read repair extent token", 0xEF), ("extent store already closed", 0xB2),
            ("reached max extents count", 0xB3), ("cluster forbid write operate of packet protocol version", 0x88),
            ("vol forbid write operate of packet protocol version", 0x88),
        ];
        for (var first = 0; first < table.Length; first++)
            for (var second = first + 1; second < table.Length; second++)
            {
                var text = table[second].Token + ", " + table[first].Token;
                Assert.Equal((ResultCode)table[first].Code, ErrorTexts.ToCode(text));
                Assert.Equal((ResultCode)table[first].Code, ErrorTexts.ToCode(Encoding.UTF8.GetBytes(text)));
            }
    }

    [Fact]
    public void The_token_for_a_code_reads_as_that_code_again()
    {
        var conveyed = Enum.GetValues<ResultCode>().Where(code => ErrorTexts.TokenFor(code) is not null).ToArray();
        Assert.All(conveyed, code => Assert.Equal(code, ErrorTexts.ToCode(ErrorTexts.TokenFor(code))));
        byte[] codes = [0xF4, 0xFC, 0xF5, 0xF6, 0xF7, 0xB1, 0xB4, 0xB5, 0xB6, 0xF9, 0x3F, 0xEF, 0xB2, 0xB3, 0x88];
        Assert.Equal(codes.Order(), conveyed.Select(code => (byte)code).Order());
    }

    [Fact]
    public void Overwrites_and_reads_elsewhere_are_told_by_the_raft_token() =>
        Assert.Equal("raft is not the leader.", ErrorTexts.TokenFor(ResultCode.TryOtherAddress));

    [Fact]
    public void No_text_of_ours_holds_a_percent_sign_and_no_prefix_holds_a_token_by_accident()
    {
        var texts = Constants(typeof(ErrorTexts)).Concat(Constants(typeof(ActionPrefixes))).ToArray();
        Assert.True(texts.Length > 50);
        Assert.All(texts, text => Assert.DoesNotContain('%', text));
        Assert.All(Constants(typeof(ActionPrefixes)).Except([ActionPrefixes.UnknownOpcode]),
            prefix => Assert.Equal(ResultCode.IntraGroupNetError, ErrorTexts.ToCode(prefix)));
    }

    [Fact]
    public void A_body_is_action_and_text_without_percent_signs_and_of_bounded_length()
    {
        Assert.Equal("ActionWrite:_disk 97_ full", Encoding.UTF8.GetString(ErrorTexts.Body(ActionPrefixes.Write, "disk 97% full")));
        Assert.Equal((int)PacketLimits.TextBytesMax, ErrorTexts.Body(ActionPrefixes.Write, new string('x', 1 << 20)).Length);
    }

    [Fact]
    public void The_bodies_that_CubeFS_nodes_sent_read_as_the_codes_they_sent()
    {
        foreach (var packet in Golden.All.Where(packet => packet.Header.Result is not ResultCode.None and not ResultCode.Ok))
            Assert.Equal(packet.Header.Result, ErrorTexts.ToCode(packet.Data));
    }

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}
