using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Decides what is done about one block of this replica, from its bytes and those of the others. Pure.</summary>
/// <remarks>
/// Invariants: another replica's copy is never touched; the own one only for bytes that more than half of all replicas have, each of which
/// had applied the log as far as this one while the block here stayed the same, seen twice. With two replicas there is no such half. A
/// replica that does not answer counts as one of all, never as one that agrees. Source: design of the node, storage-and-repair 5.
/// </remarks>
internal static class BlockDecision
{
    private const int PageBytes = DataPlane.SlotBytes;

    public static BlockVerdict Of(BlockFacts facts)
    {
        if (facts.HasChanged) return Again("it was written to while it was compared");
        if (facts.Replicas <= 1)
        {
            return facts.IsDamaged
                ? new BlockVerdict(BlockAction.ReportOnly, "there is no other replica to read it from")
                : new BlockVerdict(BlockAction.Fine, "there is no other replica");
        }

        var majority = (facts.Replicas / 2) + 1;
        var answered = facts.Peers.Where(peer => peer.Answer == PeerAnswer.Bytes).ToList();
        var blank = BlankPages(facts, answered);
        var alike = answered.Where(peer => AreAlike(peer.Bytes.Span, facts.Own.Span, blank)).ToList();
        var others = answered.Except(alike).ToList();
        if (alike.Count + 1 >= majority) return OwnIsRight(facts, alike, others);
        // Only what was read at the same place of the log can be told apart from what is on its way.
        var comparable = others.Where(peer => IsComparable(facts, peer)).ToList();
        foreach (var peer in comparable)
        {
            var same = comparable.Where(other => AreAlike(other.Bytes.Span, peer.Bytes.Span, blank)).ToList();
            if (same.Count >= majority) return OthersAreRight(facts, same, answered.Except(same).ToList(), blank);
        }

        return NobodyIsRight(facts, comparable, alike);
    }

    /// <summary>Whether a block of another replica says the same as the own one.</summary>
    public static bool AreAlike(ReadOnlyMemory<byte> own, ReadOnlyMemory<byte> other, bool isTiny) =>
        AreAlike(own.Span, other.Span, isTiny ? BlankPages([own, other]) : []);

    /// <summary>Pages that do not count: in a tiny extent those of zeros in any copy. An object was deleted there, which others may still have.</summary>
    /// <returns>Empty for none.</returns>
    private static bool[] BlankPages(BlockFacts facts, List<PeerBlock> answered) => facts.IsTiny ? BlankPages([facts.Own, .. answered.Select(peer => peer.Bytes)]) : [];

    private static bool[] BlankPages(IReadOnlyList<ReadOnlyMemory<byte>> copies)
    {
        var blank = new bool[(copies.Max(copy => copy.Length) + PageBytes - 1) / PageBytes];
        foreach (var copy in copies)
            for (var at = 0; at < copy.Length; at += PageBytes) blank[at / PageBytes] |= IsZero(PageOf(copy.Span, at));
        return blank;
    }

    private static bool AreAlike(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, bool[] blank)
    {
        if (one.Length != other.Length) return false;
        if (blank.Length == 0) return one.SequenceEqual(other);
        for (var at = 0; at < one.Length; at += PageBytes)
            if (!blank[at / PageBytes] && !PageOf(one, at).SequenceEqual(PageOf(other, at))) return false;
        return true;
    }

    private static BlockVerdict OwnIsRight(BlockFacts facts, List<PeerBlock> alike, List<PeerBlock> others)
    {
        var wrong = others.Where(peer => IsComparable(facts, peer)).Select(peer => peer.Host).ToList();
        if (wrong.Count > 0 && !facts.IsConfirmed) return Again("another replica differs", toConfirm: true);
        var right = Hosts(alike);
        if (!facts.IsTiny && (facts.IsDamaged || facts.Stored == 0))
            return new BlockVerdict(BlockAction.CorrectCrc, "its bytes are those of most replicas") { Right = right, Wrong = wrong };
        return new BlockVerdict(BlockAction.Fine, "its bytes are those of most replicas") { Right = right, Wrong = wrong };
    }

    private static BlockVerdict OthersAreRight(BlockFacts facts, List<PeerBlock> same, List<PeerBlock> rest, bool[] blank)
    {
        var (right, wrong) = (Hosts(same), Hosts(rest));
        if (!facts.IsConfirmed) return Again("most other replicas differ from it", toConfirm: true);
        var replacement = Merge(facts.Own.Span, same[0].Bytes.Span, blank);
        // A loss of power leaves zeros where data was, on several replicas at once if it hits them all. Zeros replace data only where the CRC that was
        // stored with the data says that zeros are what was written.
        if (!facts.IsTiny && WouldBlank(facts.Own.Span, replacement) && !(facts.StoredIsProof && facts.Stored != 0 && facts.Stored == Crc32.Compute(replacement)))
            return new BlockVerdict(BlockAction.ReportOnly, "most other replicas hold zeros where this one has data, and zeros are what a loss of power leaves") { Right = right, Wrong = wrong };
        return new BlockVerdict(BlockAction.Heal, "most replicas have other bytes") { Replacement = replacement, Right = right, Wrong = wrong };
    }

    private static BlockVerdict NobodyIsRight(BlockFacts facts, List<PeerBlock> comparable, List<PeerBlock> alike)
    {
        var missing = facts.Peers.Except(comparable).Except(alike).ToList();
        if (missing.Count > 0 || facts.Peers.Count + 1 < facts.Replicas)
        {
            var why = string.Join(", ", missing.Select(peer => Why(facts, peer)));
            if (!facts.IsLastTry) return Again(why);
            var isSeen = facts.IsDamaged || comparable.Count > 0;
            return new BlockVerdict(isSeen ? BlockAction.ReportOnly : BlockAction.Fine, $"too few replicas could be compared: {why}") { Wrong = Hosts(comparable), Right = Hosts(alike) };
        }

        if (!facts.IsConfirmed && !facts.IsLastTry) return Again("the replicas differ", toConfirm: true);
        var reason = facts.Replicas == 2 ? "the two replicas differ, and nobody can say which is right" : "no majority of the replicas has the same bytes";
        // What a person would want to know first.
        var proven = facts.Stored == 0 ? [] : comparable.Where(peer => Crc32.Compute(peer.Bytes.Span) == facts.Stored).Select(peer => peer.Host).ToList();
        if (proven.Count > 0) reason += $"; the CRC stored here is that of the block on {string.Join(", ", proven)}";
        return new BlockVerdict(BlockAction.ReportOnly, reason) { Wrong = Hosts(comparable), Right = Hosts(alike) };
    }

    /// <summary>It has all that is in the own block, and nothing that is not applied here: in between nothing has touched the block here.</summary>
    private static bool IsComparable(BlockFacts facts, PeerBlock peer) =>
        peer.Applied is { } applied && applied.Before >= facts.Applied.Before && applied.After <= facts.Applied.After;

    private static string Why(BlockFacts facts, PeerBlock peer) => peer.Answer switch
    {
        PeerAnswer.Bytes when peer.Applied is { } applied => $"{peer.Host} had applied the log up to {applied.Before} to {applied.After}, this replica {facts.Applied.Before} to {facts.Applied.After}",
        PeerAnswer.Bytes => $"{peer.Host} did not say how far it has applied the log",
        PeerAnswer.Gone => $"{peer.Host} does not have the extent",
        _ => peer.Problem,
    };

    /// <summary>The others' bytes, except on pages that do not count.</summary>
    private static byte[] Merge(ReadOnlySpan<byte> own, ReadOnlySpan<byte> source, bool[] blank)
    {
        var merged = source.ToArray();
        for (var page = 0; page < blank.Length; page++)
            if (blank[page]) PageOf(own, page * PageBytes).CopyTo(merged.AsSpan(page * PageBytes));
        return merged;
    }

    /// <summary>A page with data would become one of zeros.</summary>
    private static bool WouldBlank(ReadOnlySpan<byte> own, ReadOnlySpan<byte> replacement)
    {
        for (var at = 0; at < own.Length; at += PageBytes)
            if (IsZero(PageOf(replacement, at)) && !IsZero(PageOf(own, at))) return true;
        return false;
    }

    private static ReadOnlySpan<byte> PageOf(ReadOnlySpan<byte> block, int at) => block.Slice(at, Math.Min(PageBytes, block.Length - at));

    private static bool IsZero(ReadOnlySpan<byte> page) => !page.ContainsAnyExcept((byte)0);

    private static List<string> Hosts(IEnumerable<PeerBlock> peers) => [.. peers.Select(peer => peer.Host)];

    private static BlockVerdict Again(string reason, bool toConfirm = false) => new(BlockAction.Again, reason) { ToConfirm = toConfirm };
}
