namespace CubeActors.Node;

/// <summary>Finds what somebody meant who misspelt a key.</summary>
internal static class NearestKey
{
    /// <summary>Longer keys are cut before they are compared: a bound on work, far above any key we know.</summary>
    private const int ComparedCharactersMax = 64;

    /// <returns>The known key with the smallest edit distance, case apart; null if even that one differs in more than a third.</returns>
    public static string? Find(string key, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var candidate in known)
        {
            var distance = Distance(key, candidate);
            if (distance < least) (least, nearest) = (distance, candidate);
        }

        return nearest is not null && least <= Math.Max(1, Math.Max(key.Length, nearest.Length) / 3) ? nearest : null;
    }

    /// <summary>Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost 1 each, case costs nothing.</summary>
    internal static int Distance(string left, string right)
    {
        var a = Comparable(left);
        var b = Comparable(right);
        var beforeLast = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }

    private static string Comparable(string key) =>
        (key.Length <= ComparedCharactersMax ? key : key[..ComparedCharactersMax]).ToLowerInvariant();
}
