using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Looks at the disks of a configuration before anything is started on them. Creates one probe file each and removes it.</summary>
internal static class DiskCheck
{
    /// <summary>Its name starts with a dot, so that a CubeFS node on the same disk passes it over, should a crash leave it.</summary>
    private const string ProbeName = ".cubeactors-write-probe";

    private const string PartitionPrefix = "datapartition_";

    /// <exception cref="SettingsException">A disk is missing, no directory, not writable, or too small for its reserve.</exception>
    /// <returns>What an operator should know although the node starts.</returns>
    public static IReadOnlyList<SettingsNote> Run(string configPath, IReadOnlyList<DiskSettings> disks, IFileSystem files)
    {
        var notes = new List<SettingsNote>();
        foreach (var disk in disks) Check(configPath, disk, files, notes);
        return notes;
    }

    private static void Check(string configPath, DiskSettings disk, IFileSystem files, List<SettingsNote> notes)
    {
        var where = $"{configPath}: disks: {disk.Path}";
        try
        {
            var status = files.Stat(disk.Path)
                ?? throw new SettingsException($"{where} does not exist; mount the disk there or create the directory");
            if (!status.IsDirectory) throw new SettingsException($"{where} is not a directory; name the root directory of the disk");
            Probe(Path.Combine(disk.Path, ProbeName), files);

            var space = files.Space(disk.Path);
            var free = Quantity.FormatBytes(space.AvailableBytes);
            var reserve = Quantity.FormatBytes(disk.ReservedBytes);
            if (space.TotalBytes <= disk.ReservedBytes)
                throw new SettingsException(
                    $"{where} is too small: it has {Quantity.FormatBytes(space.TotalBytes)} in all and {reserve} of them are reserved; "
                    + "use a larger disk, or lower its reserve and cubeactors.storage.reserve-floor");
            if (space.AvailableBytes > disk.ReservedBytes) return;

            // A full disk with partitions has to come back read-only after a restart; one without any can never be of use.
            if (!files.List(disk.Path)!.Any(name => name.StartsWith(PartitionPrefix, StringComparison.Ordinal)))
                throw new SettingsException(
                    $"{where} has {free} free and {reserve} are reserved, so that nothing fits; "
                    + "free some space, or lower its reserve and cubeactors.storage.reserve-floor");
            notes.Add(new SettingsNote(LogEventLevel.Warning, $"{where} has {free} free, less than its reserve of {reserve}: it starts read-only"));
        }
        catch (DiskFaultException fault)
        {
            throw new SettingsException($"{where} cannot be used: {fault.Message.ReplaceLineEndings(" ")}; check its mount and its permissions", fault);
        }
    }

    private static void Probe(string path, IFileSystem files)
    {
        using (var probe = files.OpenOrCreate(path, truncate: true)) probe.Write(0, "probe"u8);
        files.DeleteFile(path);
    }
}
