using System.Text;
using System.Text.RegularExpressions;
using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>docs/security.md says what the program does: the table of senders is made of the code's, each key exists, and each default is that of reference.conf. UPDATE_DOCS=1 writes the table anew.</summary>
public sealed partial class SecurityDocTests
{
    private const string Begin = "<!-- senders: compared by SecurityDocTests -->\n", End = "<!-- end of senders -->";

    private static string Doc { get; } = Path.Combine(DeployFiles.Root(), "docs", "security.md");

    [Fact]
    public void The_table_of_senders_is_that_of_the_code()
    {
        var text = File.ReadAllText(Doc);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        var table = new StringBuilder("| Opcode | Sent by | In other hands |\n|---|---|---|\n");
        foreach (var row in SenderTable.Rows)
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"| 0x{(byte)row.Opcode:X2} {row.Opcode} | {Words(row.Sender)} | {row.Why} |\n");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(Doc, text[..begin] + table + text[end..]);
        else Assert.Equal(table.ToString(), text[begin..end]);
    }

    [Fact]
    public void Every_key_and_default_in_the_table_of_limits_is_in_force()
    {
        var settings = SampleConfig.Read().InForce.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal);
        var rows = LimitRow().Matches(File.ReadAllText(Doc));
        Assert.True(rows.Count > 20, $"{rows.Count} rows");
        Assert.All(rows, row => Assert.Equal((row.Groups["key"].Value, row.Groups["value"].Value), (row.Groups["key"].Value, settings.GetValueOrDefault(row.Groups["key"].Value))));
    }

    private static string Words(Sender sender) => sender switch
    {
        Sender.Master => "masters",
        Sender.Member => "data nodes",
        Sender.MasterOrMember => "masters and data nodes",
        _ => "anyone",
    };

    [GeneratedRegex(@"^\|[^|]*\| `(?<key>cubeactors\.[a-z.-]+)` \| (?<value>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex LimitRow();
}
