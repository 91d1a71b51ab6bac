using System.CommandLine;
using CubeActors.Client;

namespace CubeActors.Node;

/// <summary>What the commands that talk to a cluster share.</summary>
internal static class ClientCommands
{
    /// <summary>Where the quickstart and the examples have their master.</summary>
    public const string DefaultMaster = "127.0.0.1:17010";

    public static Option<string> MasterOption() => new("--master", "-m")
    {
        Description = "The cluster's masters, separated by commas.",
        HelpName = "host:port",
        DefaultValueFactory = _ => DefaultMaster,
    };

    /// <exception cref="SettingsException">An address cannot be meant.</exception>
    public static CubeClient Open(CommandContext context, string masters, ClientSettings? client = null)
    {
        try
        {
            var settings = new MasterSettings(masters.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return new CubeClient(new CubeClientOptions(settings) { Network = context.Network, Time = context.Time, Client = client ?? new ClientSettings() });
        }
        catch (ArgumentException failure)
        {
            throw new SettingsException($"--master: {failure.Message.ReplaceLineEndings(" ")}; accepted: host:port, as in {DefaultMaster}", failure);
        }
    }
}
