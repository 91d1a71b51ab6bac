using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What is done about a block, for every constellation of copies. A is what the client wrote; other letters are not.</summary>
public sealed class BlockDecisionTests
{
    private const int Bytes = 3 * 4096;

    /// <summary>Own block, then the others: a letter each for the bytes; '-' away, 'x' without the extent, '?' did not say how far it has applied, '&lt;' behind, '&gt;' ahead.</summary>
    [Theory]
    // One replica.
    [InlineData("A", "sound", "Fine", "")]
    [InlineData("B", "damaged", "ReportOnly", "no other replica")]
    // Two: no majority against the own block, and one with it.
    [InlineData("AA", "sound", "Fine", "")]
    [InlineData("AA", "damaged", "CorrectCrc", "")]
    [InlineData("AA", "unknown", "CorrectCrc", "")]
    [InlineData("BA", "damaged", "ReportOnly", "nobody can say which is right")]
    [InlineData("BA", "sound", "ReportOnly", "nobody can say which is right")]
    [InlineData("B-", "damaged", "Again", "away")]
    [InlineData("Bx", "damaged", "Again", "does not have the extent")]
    // Three.
    [InlineData("AAA", "sound", "Fine", "")]
    [InlineData("AAA", "damaged", "CorrectCrc", "")]
    [InlineData("AAA", "unknown", "CorrectCrc", "")]
    [InlineData("BAA", "damaged", "Heal A", "")]
    [InlineData("BAA", "sound", "Heal A", "")] // its CRC belongs to bytes that an overwrite should have replaced
    [InlineData("BAA", "unknown", "Heal A", "")]
    [InlineData("AAC", "sound", "Fine, 2 wrong", "")]
    [InlineData("AAC", "damaged", "CorrectCrc, 2 wrong", "")]
    [InlineData("ACA", "sound", "Fine, 1 wrong", "")]
    [InlineData("BAC", "damaged", "ReportOnly", "no majority")]
    [InlineData("BAC", "sound", "ReportOnly", "no majority")]
    // Three, and not all of them answer.
    [InlineData("AA-", "damaged", "CorrectCrc", "")]
    [InlineData("AA-", "sound", "Fine", "")]
    [InlineData("BA-", "damaged", "Again", "away")]
    [InlineData("B--", "damaged", "Again", "away")]
    [InlineData("BAx", "damaged", "Again", "does not have the extent")]
    // Three, at other places of the log.
    [InlineData("BA<A", "damaged", "Again", "up to 8 to 8")]
    [InlineData("BA>A>", "damaged", "Again", "up to 13 to 13")]
    [InlineData("BA?A", "damaged", "Again", "did not say")]
    [InlineData("A<A<A", "damaged", "CorrectCrc", "")] // alike is alike
    [InlineData("AAC<", "sound", "Fine", "")] // what is on its way is no difference
    [InlineData("AAC>", "sound", "Fine", "")]
    // Four and five, as while a replica is moved.
    [InlineData("BAAA", "damaged", "Heal A", "")]
    [InlineData("BAAC", "damaged", "ReportOnly", "no majority")] // two of four are no majority
    [InlineData("BAA-", "damaged", "Again", "away")]
    [InlineData("ABBA", "damaged", "ReportOnly", "no majority")]
    [InlineData("AAAC", "damaged", "CorrectCrc, 3 wrong", "")]
    [InlineData("BAAAC", "damaged", "Heal A, 4 wrong", "")]
    [InlineData("BBAAA", "damaged", "Heal A, 1 wrong", "")]
    public void Of_a_normal_extent(string copies, string stored, string expected, string reason) => Assert.Equal((expected, true), Decide(Facts(copies, stored), reason));

    [Theory]
    [InlineData("BAA", "damaged")]
    [InlineData("BAA", "sound")]
    [InlineData("AAC", "damaged")]
    [InlineData("BA", "damaged")]
    [InlineData("BAC", "damaged")]
    public void Nothing_is_done_about_a_difference_that_was_seen_once(string copies, string stored)
    {
        var verdict = BlockDecision.Of(Facts(copies, stored) with { IsConfirmed = false });
        Assert.Equal((BlockAction.Again, true), (verdict.Action, verdict.ToConfirm));
    }

    [Theory]
    [InlineData("AA", "damaged", BlockAction.CorrectCrc)]
    [InlineData("AAA", "sound", BlockAction.Fine)]
    public void Copies_that_are_alike_need_no_second_look(string copies, string stored, object expected) =>
        Assert.Equal(expected, BlockDecision.Of(Facts(copies, stored) with { IsConfirmed = false }).Action);

    [Theory]
    [InlineData("A")]
    [InlineData("AA")]
    [InlineData("BAA")]
    [InlineData("AAA")]
    public void A_block_that_was_written_to_meanwhile_is_looked_at_again(string copies) =>
        Assert.Equal((BlockAction.Again, false), BlockDecision.Of(Facts(copies, "damaged") with { HasChanged = true }) is var verdict ? (verdict.Action, verdict.ToConfirm) : default);

    [Theory]
    [InlineData("BA-", "damaged", "ReportOnly", "too few")]
    [InlineData("B--", "damaged", "ReportOnly", "too few")]
    [InlineData("A--", "sound", "Fine", "too few")]
    [InlineData("AC-", "sound", "ReportOnly", "too few")]
    [InlineData("A>C>-", "sound", "Fine", "too few")] // nothing was seen to differ
    [InlineData("BAA", "damaged", "Heal A", "")]
    public void The_last_try_ends_in_a_word(string copies, string stored, string expected, string reason) =>
        Assert.Equal((expected, true), Decide(Facts(copies, stored) with { IsLastTry = true }, reason));

    [Fact]
    public void Who_reports_two_replicas_says_whose_block_the_stored_CRC_is_of()
    {
        var facts = Facts("BA", "damaged");
        facts = facts with { Stored = Crc32.Compute(facts.Peers[0].Bytes.Span) };
        Assert.EndsWith("the CRC stored here is that of the block on host 1", BlockDecision.Of(facts).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, BlockAction.Heal)] // the CRC that came with the data says zeros
    [InlineData(false, true, BlockAction.ReportOnly)]
    [InlineData(true, false, BlockAction.ReportOnly)] // it is a hint, and may be older than the data
    public void Zeros_of_others_replace_data_only_where_the_stored_CRC_proves_them(bool isStored, bool isProof, object expected)
    {
        var (own, zeros) = (Copy('B'), Copy('A'));
        zeros.AsSpan(4096, 4096).Clear();
        var facts = Facts("BAA", "damaged");
        facts = facts with
        {
            Own = own,
            StoredIsProof = isProof,
            Stored = isStored ? Crc32.Compute(zeros) : 1,
            Peers = [.. facts.Peers.Select(peer => peer with { Bytes = zeros })],
        };
        Assert.Equal(expected, BlockDecision.Of(facts).Action);
    }

    [Fact]
    public void Zeros_here_where_others_have_data_are_what_a_loss_of_power_leaves_and_are_replaced()
    {
        var facts = Facts("BAA", "unknown");
        Assert.Equal(BlockAction.Heal, BlockDecision.Of(facts with { Own = new byte[Bytes] }).Action);
    }

    /// <summary>A page each: letters, and 0 for zeros.</summary>
    [Theory]
    [InlineData("AAA", "A0A", "AAA", "Fine")] // an object was deleted there already
    [InlineData("A0A", "AAA", "AAA", "Fine")] // here first
    [InlineData("AAB", "A0A", "AAA", "Heal AAA")]
    [InlineData("A0B", "AAA", "AAA", "Heal A0A")] // what is deleted here stays deleted
    [InlineData("AAB", "AA0", "AAA", "Fine")] // where it was deleted on one replica, nobody compares
    [InlineData("BAA", "AAA", "0AA", "Fine")]
    [InlineData("BAA", "CAA", "DAA", "ReportOnly")]
    [InlineData("AAA", "AAA", "CAA", "Fine, 2 wrong")]
    public void Of_a_tiny_extent_pages_of_zeros_count_nowhere(string own, string first, string second, string expected)
    {
        var facts = Facts("AAA", "unknown") with { IsTiny = true, Own = Pages(own) };
        facts = facts with { Peers = [facts.Peers[0] with { Bytes = Pages(first) }, facts.Peers[1] with { Bytes = Pages(second) }] };
        var verdict = BlockDecision.Of(facts);
        var text = verdict.Action == BlockAction.Heal ? $"Heal {new string([.. Enumerable.Range(0, 3).Select(page => (char)Math.Max((byte)'0', verdict.Replacement.Span[page * 4096]))])}" : Describe(verdict);
        Assert.Equal(expected, text);
    }

    [Fact]
    public void Whatever_the_copies_are_the_own_one_is_replaced_only_by_what_more_than_half_of_all_hold_at_its_place_in_the_log()
    {
        var random = new Random(7);
        var heals = 0;
        for (var run = 0; run < 20_000; run++)
        {
            var replicas = random.Next(1, 6);
            var copies = string.Concat(Enumerable.Range(0, replicas).Select(_ => $"{"AAABC-x"[random.Next(7)]}{(random.Next(4) == 0 ? "<>?"[random.Next(3)].ToString() : "")}"));
            if (copies[0] is '-' or 'x') continue;
            var facts = Facts(copies, ((string[])["damaged", "sound", "unknown"])[random.Next(3)]) with { IsConfirmed = random.Next(3) > 0, HasChanged = random.Next(10) == 0, IsLastTry = random.Next(4) == 0 };
            var verdict = BlockDecision.Of(facts);
            if (verdict.Action != BlockAction.Heal) continue;
            heals++;
            Assert.True(facts is { IsConfirmed: true, HasChanged: false });
            var same = facts.Peers.Count(peer => peer.Answer == PeerAnswer.Bytes && peer.Bytes.Span.SequenceEqual(verdict.Replacement.Span) && peer.Applied is { Before: >= 10, After: <= 12 });
            Assert.True(same * 2 > facts.Replicas, $"{copies}: {same} of {facts.Replicas}");
            Assert.False(facts.Own.Span.SequenceEqual(verdict.Replacement.Span));
        }

        Assert.True(heals > 50);
    }

    private static (string, bool) Decide(BlockFacts facts, string reason)
    {
        var verdict = BlockDecision.Of(facts);
        return (Describe(verdict), verdict.Reason.Contains(reason, StringComparison.Ordinal));
    }

    private static string Describe(BlockVerdict verdict) =>
        $"{verdict.Action}{(verdict.Action == BlockAction.Heal ? $" {(char)verdict.Replacement.Span[0]}" : "")}"
        + (verdict.Wrong.Count > 0 && verdict.Action != BlockAction.ReportOnly ? $", {string.Join(", ", verdict.Wrong.Select(host => host[^1]))} wrong" : "");

    /// <summary>Confirmed, and all at the own place of the log unless the copies say otherwise.</summary>
    private static BlockFacts Facts(string copies, string stored)
    {
        var peers = new List<PeerBlock>();
        for (var at = copies.Length > 1 && IsMark(copies[1]) ? 2 : 1; at < copies.Length; at++)
        {
            var (letter, mark) = (copies[at], at + 1 < copies.Length && IsMark(copies[at + 1]) ? copies[++at] : ' ');
            var host = $"host {peers.Count + 1}";
            AppliedSpan? applied = mark switch { '<' => new(8, 8), '>' => new(13, 13), '?' => null, _ => new(10, 12) };
            peers.Add(letter switch
            {
                '-' => new PeerBlock(host, PeerAnswer.None, default, null, $"{host} is away"),
                'x' => new PeerBlock(host, PeerAnswer.Gone, default, null, ""),
                _ => new PeerBlock(host, PeerAnswer.Bytes, Copy(letter), applied, ""),
            });
        }

        var own = Copy(copies[0]);
        return new BlockFacts
        {
            Replicas = peers.Count + 1,
            Own = own,
            Stored = stored switch { "sound" => Crc32.Compute(own), "unknown" => 0, _ => 1 },
            IsDamaged = stored == "damaged",
            Applied = new AppliedSpan(10, 12),
            Peers = peers,
            IsConfirmed = true,
        };
    }

    private static bool IsMark(char c) => c is '<' or '>' or '?';

    private static byte[] Copy(char letter)
    {
        var bytes = new byte[Bytes];
        Array.Fill(bytes, (byte)letter);
        return bytes;
    }

    private static byte[] Pages(string letters)
    {
        var bytes = new byte[Bytes];
        for (var page = 0; page < letters.Length; page++)
            if (letters[page] != '0') bytes.AsSpan(page * 4096, 4096).Fill((byte)letters[page]);
        return bytes;
    }
}
