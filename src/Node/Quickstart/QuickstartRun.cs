using System.Security.Cryptography;
using CubeActors.Client;
using CubeActors.Runtime.Files;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>What the quickstart was asked for.</summary>
/// <param name="File">The file to store; null makes one of real content.</param>
/// <param name="Data">Where everything lies; null for a temporary directory.</param>
internal sealed record QuickstartOptions(string? File, bool Keep, string? Data, LogEventLevel Level);

/// <summary>One quickstart: a cluster, a volume, a file in and out of each replica, its removal.</summary>
internal sealed class QuickstartRun(CommandContext context, QuickstartOptions options)
{
    private const long MiB = 1L << 20;
    private const string Volume = "quickstart";
    private const string ObjectName = "trial-file";
    private const int Partitions = 3, Replicas = 3;

    /// <summary>Least size of the file that is made: two full extents of 128 MiB.</summary>
    private const long MadeBytes = 256 * MiB;

    /// <summary>Beside the file and its replicas: META, CRC tables, the master's state, the reserve.</summary>
    private const long OverheadBytes = TrialCluster.ReservedBytes + (128 * MiB);

    /// <summary>What may stay after the removal, on all nodes together: blocks at the edges of a slot in a tiny extent.</summary>
    private const long LeftOverBytesMax = 64L << 10;

    private static readonly TimeSpan WritableDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SpaceDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SpacePause = TimeSpan.FromMilliseconds(200);

    private readonly TrialReport _report = new(context);

    /// <exception cref="CommandException">One sentence that names the step and what went wrong.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var directory = TrialDirectory.Open(options.Data);
        RequireSpace(directory.Path);
        var plan = TrialPlan.Find(context.Network);
        if (!plan.HasCustomaryPorts)
        {
            await context.Out.WriteLineAsync(
                $"some of the customary ports are taken: the master takes {plan.Master.Port}, the data nodes {plan.DataPort} and those above it");
        }

        try
        {
            await RunAsync(directory, plan, stop);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CommandException or TimeoutException)
        {
            throw new CommandException($"quickstart failed at \"{_report.Current}\": {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    private async Task RunAsync(TrialDirectory directory, TrialPlan plan, CancellationToken stop)
    {
        var (path, bytes, digest) = await FindFileAsync(directory.Path, stop);
        await using var cluster = new TrialCluster(context, plan, directory.Path, options.Level);
        await StepAsync("start the master", $"{plan.Master}", () => cluster.StartMasterAsync(stop));
        await StepAsync(
            "start 3 data nodes", $"127.0.0.11 to 13, port {plan.DataPort}",
            () => cluster.StartNodesAsync(stop));

        using var client = ClientCommands.Open(context, plan.Master.ToString());
        await StepAsync("create a volume", $"{Partitions} partitions, {Replicas} replicas each", () => CreateVolumeAsync(client.Master, bytes, stop));
        var before = cluster.ExtentBytes();
        await StoreAsync(client.Objects(Volume), path, bytes, digest, stop);
        for (var replica = 0; replica < Replicas; replica++) await ReadBackAsync(client.Objects(Volume), replica, bytes, digest, stop);
        await RemoveAsync(client, cluster, before, bytes, stop);
        _report.WriteTable();
        if (options.Keep) await KeepAsync(directory, plan, cluster, path, stop);
    }

    private async Task<(string Path, long Bytes, string Digest)> FindFileAsync(string directory, CancellationToken stop)
    {
        var path = options.File ?? Path.Combine(directory, "trial-file.bin");
        var digest = options.File is null
            ? await _report.RunAsync("make a real file", MadeBytes, () => RealContent.WriteAsync(path, MadeBytes, stop), Short)
            : await _report.RunAsync("read the file", new FileInfo(path).Length, () => DigestAsync(path, stop), Short);
        return (path, new FileInfo(path).Length, digest);
    }

    private async Task CreateVolumeAsync(MasterClient master, long bytes, CancellationToken stop)
    {
        const long gib = 1024 * MiB;
        var partitionBytes = ((bytes / gib) + 1) * gib; // each can hold all of the file: the client places extents by chance
        var found = await ClusterReadiness.WaitForNodesAsync(master, TrialPlan.Nodes, WritableDeadline, context.Time, stop);
        if (found < TrialPlan.Nodes)
            throw new CommandException($"only {found} of {TrialPlan.Nodes} data nodes took partitions within {Quantity.FormatTime(WritableDeadline)}");
        await master.CreateVolumeAsync(
            new NewVolume(Volume, Volume, Partitions * partitionBytes / gib, Replicas, Partitions) { PartitionBytes = partitionBytes }, stop);
        if (await ClusterReadiness.WaitForVolumeAsync(master, Volume, Partitions, WritableDeadline, context.Time, stop) is { } missing)
            throw new CommandException($"{missing} of {Partitions} data partitions took no writes within {Quantity.FormatTime(WritableDeadline)}");
    }

    private Task StoreAsync(ObjectStore objects, string path, long bytes, string digest, CancellationToken stop) => _report.RunAsync(
        "store the file", bytes,
        async () =>
        {
            await using var source = SourceFile.Open(path);
            var stored = await Transfer.ShowAsync(context, "store", bytes, progress => objects.PutAsync(ObjectName, source, progress, stop));
            return stored.Sha256 == digest ? stored : throw new CommandException($"the file changed while it was stored: {digest} before, {stored.Sha256} then");
        },
        stored => $"{Quantity.FormatBytes(stored.Size)}, extents: {stored.Extents.Count}");

    private Task ReadBackAsync(ObjectStore objects, int replica, long bytes, string digest, CancellationToken stop) => _report.RunAsync(
        $"read replica {replica + 1}", bytes,
        async () =>
        {
            await using var sink = new HashingStream();
            await Transfer.ShowAsync(
                context, $"read replica {replica + 1}", bytes, progress => objects.GetAsync(ObjectName, sink, progress, replica, stop));
            return sink.Digest == digest && sink.Length == bytes
                ? sink.Digest
                : throw new CommandException($"replica {replica + 1} gave {sink.Length} bytes with SHA-256 {sink.Digest}; stored were {bytes} with {digest}");
        },
        found => $"identical, {Short(found)}");

    private Task RemoveAsync(CubeClient client, TrialCluster cluster, long before, long bytes, CancellationToken stop) => _report.RunAsync(
        "remove the file", 0,
        async () =>
        {
            var full = cluster.ExtentBytes();
            // Not the exact sum: file systems that compress hold less. But of a large file something must be seen, or its going proves nothing.
            if (bytes > 2 * LeftOverBytesMax && full - before <= LeftOverBytesMax)
            {
                throw new CommandException(
                    $"the extents occupy only {full - before} bytes more than before, although {Replicas} replicas of {bytes} bytes were acknowledged");
            }

            await client.Objects(Volume).RemoveAsync(ObjectName, stop);
            var start = context.Time.GetTimestamp();
            while (true)
            {
                var left = cluster.ExtentBytes() - before;
                var garbage = await client.Master.GetGarbageAsync(Volume, stop);
                if (left <= LeftOverBytesMax && garbage.PendingExtents == 0) return (Full: full - before, Left: left);
                if (context.Time.GetElapsedTime(start) > SpaceDeadline)
                {
                    throw new CommandException(
                        $"{Quantity.FormatBytes(Math.Max(0, left))} are still occupied after {Quantity.FormatTime(SpaceDeadline)}; "
                        + $"the master has {garbage.PendingExtents} extents to delete ({garbage.LastError})");
                }

                await Task.Delay(SpacePause, context.Time, stop);
            }
        },
        space => $"extents: {Quantity.FormatBytes(space.Full)} before, {Quantity.FormatBytes(Math.Max(0, space.Left))} now");

    private async Task KeepAsync(TrialDirectory directory, TrialPlan plan, TrialCluster cluster, string file, CancellationToken stop)
    {
        var master = plan.Master.ToString() == ClientCommands.DefaultMaster ? "" : $" --master {plan.Master}";
        var first = TrialPlan.AddressOf(0);
        var program = CommandLine.Invocation;
        await context.Out.WriteLineAsync(
            $"""

            The cluster keeps running until Ctrl-C. From another terminal:
              {program} put {file} {Volume}/my-file{master}
              {program} ls {Volume}{master}
              {program} get {Volume}/my-file /tmp/my-file --replica 1{master}
              {program} rm {Volume}/my-file{master}
              {program} volume create photos --partitions 3 --replicas 2{master}
              curl 'http://{first}:{plan.ProfPort}/readyz?verbose'
              curl http://{first}:{plan.ProfPort}/disks
            The configuration of the first node is {cluster.ConfigPath(0)}; everything lies in {directory.Path}{(directory.IsTemporary ? ", which is removed at the end" : "")}.
            """);
        await Waiting.UntilAsync(stop);
    }

    private Task StepAsync(string step, string result, Func<Task> work) => _report.RunAsync(
        step, 0,
        async () =>
        {
            await work();
            return result;
        },
        done => done);

    private void RequireSpace(string directory)
    {
        if (options.File is { } file && !File.Exists(file)) throw new SettingsException($"--file: {file}: there is no such file");
        var bytes = options.File is null ? MadeBytes : new FileInfo(options.File).Length;
        var needed = ((Replicas + (options.File is null ? 1 : 0)) * bytes) + OverheadBytes;
        var free = context.Files.Space(directory).AvailableBytes;
        if (free >= needed) return;
        throw new SettingsException(
            $"{directory} has {Quantity.FormatBytes(free)} free, the quickstart needs {Quantity.FormatBytes(needed)}; "
            + $"free some space, or name another directory with --data{(options.File is null ? "" : " or a smaller file")}");
    }

    private static async Task<string> DigestAsync(string path, CancellationToken stop)
    {
        await using var source = SourceFile.Open(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(source, stop));
    }

    private static string Short(string digest) => $"sha256 {digest[..12]}...";
}
