using System.CommandLine.Parsing;
using System.Globalization;

namespace CubeActors.LoadGen;

/// <summary>Values of an option separated by commas, given once or several times.</summary>
internal static class CommaList
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    public static string[] Parse(ArgumentResult result) =>
        [.. result.Tokens.SelectMany(token => token.Value.Split(',', Trimmed))];

    /// <summary>Whole numbers from 1; anything else is an error of the command line.</summary>
    public static int[] ParseNumbers(ArgumentResult result)
    {
        var numbers = new List<int>();
        foreach (var text in Parse(result))
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0) numbers.Add(number);
            else result.AddError($"'{text}' is not a whole number from 1.");
        }

        return [.. numbers];
    }
}
