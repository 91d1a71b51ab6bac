using System.CommandLine;
using System.CommandLine.Parsing;

namespace CubeActors.LoadGen;

/// <summary>The options that measure jobs with and without the repair of one node.</summary>
internal sealed class RepairOptions
{
    private readonly Option<string?> _config = new("--during-repair")
    {
        Description = "Measures each job twice, without and with a full repair of the node of this datanode.json, and then the repair alone. This program starts and "
            + "ends that node (--node), and deletes its normal extents while it is down.",
        HelpName = "datanode.json",
    };
    private readonly Option<string?> _node = new("--node") { Description = "The node's command line, one string (with --during-repair).", HelpName = "command" };
    private readonly Option<int> _fill = new("--repair-fill")
    {
        Description = "MiB that the node is to fetch (with --during-repair).",
        HelpName = "n",
        DefaultValueFactory = _ => 2048,
    };
    private readonly Option<int> _rounds = new("--repair-rounds") { Description = "Times that it is done (with --during-repair).", HelpName = "n", DefaultValueFactory = _ => 1 };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _config, _node, _fill, _rounds }) command.Add(option);
    }

    /// <returns>Null if no repair is wanted.</returns>
    /// <exception cref="UsageFault">Something is missing, or out of its range.</exception>
    public RepairSettings? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_config) is not { } config) return null;
        if (parsed.GetValue(_node) is not { Length: > 0 } node) throw new UsageFault("--during-repair needs --node, the command line of the node.");
        var (fill, rounds) = (parsed.GetValue(_fill), parsed.GetValue(_rounds));
        if (fill is < 128 or > 1 << 20) throw new UsageFault($"--repair-fill: {fill} is not within 128 and {1 << 20}.");
        if (rounds is < 1 or > 1000) throw new UsageFault($"--repair-rounds: {rounds} is not within 1 and 1000.");
        return new RepairSettings(config, node.Split(' ', StringSplitOptions.RemoveEmptyEntries), (long)fill << 20, rounds);
    }
}

/// <param name="Config">The datanode.json of the node.</param>
/// <param name="Command">Starts it.</param>
/// <param name="FillBytes">To be fetched.</param>
internal sealed record RepairSettings(string Config, IReadOnlyList<string> Command, long FillBytes, int Rounds);
