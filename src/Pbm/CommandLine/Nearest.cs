namespace CubeActors.Pbm;

/// <summary>Finds what somebody meant who misspelt a word. Pure.</summary>
internal static class Nearest
{
    /// <returns>The known word with the least edits, if few enough; else one that begins alike; else null.</returns>
    public static string? Find(string word, IEnumerable<string> known)
    {
        var all = known.ToList();
        if (word.Length is 0 or > 64) return null;
        var best = all.Select(candidate => (candidate, Edits: Edits(word.ToLowerInvariant(), candidate))).OrderBy(pair => pair.Edits).ThenBy(pair => pair.candidate, StringComparer.Ordinal).FirstOrDefault();
        if (best.candidate is not null && best.Edits <= Math.Max(1, Math.Max(word.Length, best.candidate.Length) / 3)) return best.candidate;
        return all.Where(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) || word.StartsWith(candidate, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>Insertions, deletions, replacements, and swaps of neighbours, 1 each.</summary>
    internal static int Edits(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                rows[i, j] = Math.Min(rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1), Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[left.Length, right.Length];
    }
}
