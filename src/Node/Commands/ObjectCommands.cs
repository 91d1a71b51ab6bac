using System.CommandLine;
using System.Globalization;
using CubeActors.Client;

namespace CubeActors.Node;

/// <summary><c>put</c>, <c>get</c>, <c>ls</c> and <c>rm</c>: whole objects of a volume of the embedded master.</summary>
internal static class ObjectCommands
{
    private const string StandardStream = "-";

    public static Command BuildPut(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "What to store." };
        var place = new Argument<string>("object") { Description = "Where to: volume/name.", HelpName = "volume/name" };
        var patience = new Option<int>("--patience")
        {
            Description = "Seconds to wait for a data partition that takes new data, while nodes restart or all disks are full.",
            HelpName = "seconds",
            DefaultValueFactory = _ => (int)new ClientSettings().PlacementPatience.TotalSeconds,
        };
        patience.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--patience is negative; accepted: 0 for not waiting, or a number of seconds");
        });
        var master = ClientCommands.MasterOption();
        var command = new Command("put",
            $"""
            Stores a file as an object, in place of one that has the name. It appears whole or not at all.

            Example:
              {CommandLine.Program} put cat.jpg photos/2026/cat.jpg
            """)
        {
            file, place, patience, master,
        };
        command.SetAction((parsed, stop) => PutAsync(
            context, parsed.GetRequiredValue(master), TimeSpan.FromSeconds(parsed.GetValue(patience)), parsed.GetRequiredValue(file), ObjectPlace.Parse(parsed.GetRequiredValue(place)), stop));
        return command;
    }

    public static Command BuildGet(CommandContext context)
    {
        var place = new Argument<string>("object") { Description = "What to read: volume/name.", HelpName = "volume/name" };
        var file = new Argument<string>("file") { Description = "Where to; - is stdout. A file appears only when it is complete and its SHA-256 is right." };
        var replica = new Option<int?>("--replica")
        {
            Description = "Read from this replica of every data partition only: 0 is the first. Without it replicas stand in for each other.",
            HelpName = "index",
        };
        replica.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 0) result.AddError("--replica is negative; accepted: 0 for the first replica, 1 for the second, ...");
        });
        var master = ClientCommands.MasterOption();
        var command = new Command("get",
            $"""
            Reads an object into a file and checks its SHA-256.

            Examples:
              {CommandLine.Program} get photos/2026/cat.jpg cat.jpg
              {CommandLine.Program} get photos/2026/cat.jpg - | sha256sum
            """)
        {
            place, file, replica, master,
        };
        command.SetAction((parsed, stop) => GetAsync(
            context, parsed.GetRequiredValue(master), ObjectPlace.Parse(parsed.GetRequiredValue(place)), parsed.GetRequiredValue(file), parsed.GetValue(replica), stop));
        return command;
    }

    public static Command BuildList(CommandContext context)
    {
        var prefix = new Argument<string>("prefix") { Description = "A volume, or the beginning of names in it.", HelpName = "volume[/prefix]" };
        var master = ClientCommands.MasterOption();
        var command = new Command("ls",
            $"""
            Lists objects: size in bytes, time of creation, SHA-256, name; separated by tabs.

            Example:
              {CommandLine.Program} ls photos/2026/
            """)
        {
            prefix, master,
        };
        command.SetAction((parsed, stop) => ListAsync(
            context, parsed.GetRequiredValue(master), ObjectPlace.ParsePrefix(parsed.GetRequiredValue(prefix)), stop));
        return command;
    }

    public static Command BuildRemove(CommandContext context)
    {
        var place = new Argument<string>("object") { Description = "What to remove: volume/name.", HelpName = "volume/name" };
        var master = ClientCommands.MasterOption();
        var command = new Command("rm",
            $"""
            Removes an object. The master frees its space on the data nodes soon after.

            Example:
              {CommandLine.Program} rm photos/2026/cat.jpg
            """)
        {
            place, master,
        };
        command.SetAction((parsed, stop) => RemoveAsync(
            context, parsed.GetRequiredValue(master), ObjectPlace.Parse(parsed.GetRequiredValue(place)), stop));
        return command;
    }

    private static async Task<int> PutAsync(
        CommandContext context, string masters, TimeSpan patience, string path, ObjectPlace place, CancellationToken stop)
    {
        await using var source = OpenSource(path);
        using var client = ClientCommands.Open(context, masters, new ClientSettings { PlacementPatience = patience });
        var clock = TransferClock.Start(context.Time);
        var stored = await Transfer.ShowAsync(
            context, $"put {place}", source.Length, progress => client.Objects(place.Volume).PutAsync(place.Name, source, progress, stop));
        await context.Out.WriteLineAsync($"stored {place}: {clock.Describe(stored.Size)}, sha256 {stored.Sha256}");
        return ExitCode.Success;
    }

    private static async Task<int> GetAsync(CommandContext context, string masters, ObjectPlace place, string path, int? replica, CancellationToken stop)
    {
        using var client = ClientCommands.Open(context, masters);
        var objects = client.Objects(place.Volume);
        if (path == StandardStream)
        {
            await using var output = Console.OpenStandardOutput();
            await objects.GetAsync(place.Name, output, progress: null, replica, stop);
            return ExitCode.Success;
        }

        if (Directory.Exists(path)) throw new SettingsException($"{path} is a directory; name the file to write");
        var clock = TransferClock.Start(context.Time);
        var found = await objects.FindAsync(place.Name, stop);
        await Transfer.ShowAsync(
            context, $"get {place}", found.Size, progress => objects.GetFileAsync(place.Name, path, progress, replica, stop));
        await context.Out.WriteLineAsync($"read {place}: {clock.Describe(found.Size)}, sha256 {found.Sha256}");
        return ExitCode.Success;
    }

    private static async Task<int> ListAsync(CommandContext context, string masters, ObjectPlace prefix, CancellationToken stop)
    {
        using var client = ClientCommands.Open(context, masters);
        await foreach (var entry in client.Objects(prefix.Volume).ListAsync(prefix.Name, stop))
        {
            await context.Out.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{entry.Size}\t{entry.CreatedAt:yyyy-MM-dd'T'HH:mm:ssK}\t{entry.Sha256}\t{entry.Name}"));
        }

        return ExitCode.Success;
    }

    private static async Task<int> RemoveAsync(CommandContext context, string masters, ObjectPlace place, CancellationToken stop)
    {
        using var client = ClientCommands.Open(context, masters);
        await client.Objects(place.Volume).RemoveAsync(place.Name, stop);
        await context.Out.WriteLineAsync($"removed {place}");
        return ExitCode.Success;
    }

    private static FileStream OpenSource(string path)
    {
        if (Directory.Exists(path)) throw new SettingsException($"{path} is a directory; only files can be stored");
        if (!File.Exists(path)) throw new SettingsException($"{path}: there is no such file");
        return SourceFile.Open(path);
    }
}
